//! `cargo xtask size`: what browsers download, and the limit of the first load.
//!
//! Bytes do not depend on the machine, so a test can hold a limit. What makes the bytes is in [`functions`].

mod functions;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};

use crate::app;

/// The bound of everything that the Rooms page loads first: the page, its styles, its icon, its script and its module,
/// each compressed with brotli, in bytes. It is a little above what is true. Who makes the app lighter lowers it.
const LIMIT: usize = 261_700;

/// The page. What it names, and what that names, is the first load.
const PAGE: &str = "index.html";

/// A file of the app.
struct File {
    name: String,
    raw: usize,
    brotli: usize,
}

/// The files of the app.
pub(crate) struct Sizes {
    /// Those of the Rooms page.
    first: Vec<File>,
    /// Those that are loaded on demand.
    later: Vec<File>,
}

/// `cargo xtask size`.
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    let shown = match arguments {
        [] => 20,
        [flag, number] if flag == "--functions" => number.parse().context("`--functions` wants a number")?,
        _ => bail!("`size` takes `--functions N`"),
    };
    app::build()?;
    let sizes = measure(&app::dist())?;
    print_files("The first load, in bytes", &sizes.first);
    println!();
    print_files("On demand, with the first page of a module", &sizes.later);
    println!();
    functions::print(shown)
}

/// The step of `cargo xtask test`. The limit is for an app that wasm-opt and esbuild have made smaller.
pub(crate) fn check() -> Result<()> {
    let optimized = app::build()?;
    let sizes = measure(&app::dist())?;
    print_files("The first load, in bytes", &sizes.first);
    if !optimized {
        println!("the limit of {LIMIT} bytes: skipped, because there is no wasm-opt or no esbuild here");
        return Ok(());
    }
    let sum = sizes.first_load();
    ensure!(
        sum <= LIMIT,
        "the first load is {sum} bytes and may be {LIMIT}; `cargo xtask size` shows what is in it"
    );
    println!("the limit is {LIMIT}");
    Ok(())
}

/// Measures the files of a built app.
pub(crate) fn measure(dist: &Path) -> Result<Sizes> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(dist).with_context(|| format!("cannot read {}", dist.display()))? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.file_type()?.is_file() && !name.starts_with('.') {
            files.insert(name, fs::read(entry.path())?);
        }
    }
    let mut sizes = Sizes { first: Vec::new(), later: Vec::new() };
    let first = named_by_the_page(&files);
    for (name, content) in &files {
        let list = if first.contains(&name.as_str()) { &mut sizes.first } else { &mut sizes.later };
        list.push(File { name: name.clone(), raw: content.len(), brotli: compressed(content)? });
    }
    Ok(sizes)
}

impl Sizes {
    /// The bytes of the first load.
    pub(crate) fn first_load(&self) -> usize {
        self.first.iter().map(|file| file.brotli).sum()
    }

    /// The bytes that are loaded on demand.
    pub(crate) fn on_demand(&self) -> usize {
        self.later.iter().map(|file| file.brotli).sum()
    }
}

/// The page, and all files whose names are in it or in a script that is itself named.
fn named_by_the_page(files: &BTreeMap<String, Vec<u8>>) -> Vec<&str> {
    let mut named: Vec<&str> = files.keys().map(String::as_str).filter(|name| *name == PAGE).collect();
    let mut read = 0;
    while let Some(&name) = named.get(read) {
        read += 1;
        let is_text = Path::new(name).extension().is_some_and(|kind| kind == "html" || kind == "js");
        if !is_text {
            continue;
        }
        let text = String::from_utf8_lossy(&files[name]);
        let new = files.keys().map(String::as_str).filter(|other| text.contains(other));
        let new: Vec<&str> = new.filter(|other| !named.contains(other)).collect();
        named.extend(new);
    }
    named
}

/// The size in brotli, or as it is if that is smaller: the server's build script compresses in the same way.
fn compressed(content: &[u8]) -> Result<usize> {
    let mut compressed = Vec::new();
    let parameters = brotli::enc::BrotliEncoderParams {
        quality: 11,
        lgwin: 22,
        size_hint: content.len(),
        ..Default::default()
    };
    brotli::BrotliCompress(&mut &content[..], &mut compressed, &parameters)?;
    Ok(compressed.len().min(content.len()))
}

fn print_files(heading: &str, files: &[File]) {
    println!("{heading:50} {:>9} {:>9}", "raw", "brotli");
    for File { name, raw, brotli } in files {
        println!("  {name:48} {raw:9} {brotli:9}");
    }
    let sum = |size: fn(&File) -> usize| files.iter().map(size).sum::<usize>();
    println!("  {:48} {:9} {:9}", "sum", sum(|file| file.raw), sum(|file| file.brotli));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_load_is_what_the_page_names_and_what_its_scripts_name() {
        let files = [
            ("index.html", "<script>import '/app-1.js'</script><link href=\"/base-1.css\">"),
            ("app-1.js", "import './snippet.js'; new URL('app-1_bg.wasm')"),
            ("app-1_bg.wasm", "tools.js is loaded on demand"),
            ("base-1.css", ""),
            ("snippet.js", ""),
            ("tools.js", "new URL('tools_bg.wasm')"),
            ("tools_bg.wasm", ""),
        ];
        let files = files.map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec())).into();
        let mut named = named_by_the_page(&files);
        named.sort_unstable();
        assert_eq!(named, ["app-1.js", "app-1_bg.wasm", "base-1.css", "index.html", "snippet.js"]);
    }

    #[test]
    fn what_does_not_get_smaller_is_sent_as_it_is() {
        assert_eq!(compressed(b"x").unwrap(), 1);
        assert!(compressed(&[b'x'; 1000]).unwrap() < 20);
    }
}
