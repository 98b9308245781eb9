//! Puts the browser app into the binary.
//!
//! Every file that trunk has put into `dist/` becomes an entry of a table in `app.rs`, as it is
//! and compressed, so that serving it is handing out a slice. Without an app the table is empty.

use std::error::Error;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

use data_encoding::BASE64;
use sha2::{Digest, Sha256};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    println!("cargo::rerun-if-env-changed=PARLOR_APP_DIST");
    println!("cargo::rerun-if-changed=build.rs");
    let dist = env::var_os("PARLOR_APP_DIST").map_or_else(|| PathBuf::from("../dist"), PathBuf::from);
    // Cargo takes a watched path that does not exist for changed, and would compile the server
    // anew at each build until there is an app.
    let _ = fs::create_dir_all(&dist);
    println!("cargo::rerun-if-changed={}", dist.display());

    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("cargo sets OUT_DIR")?);
    let mut paths = Vec::new();
    collect_files(&dist, &mut paths)?;
    paths.sort();

    let is_release = env::var("PROFILE").is_ok_and(|profile| profile == "release");
    if is_release && !dist.join("index.html").is_file() {
        println!(
            "cargo::warning=the browser app is not built, so this binary will be without it: `cargo xtask dist` builds both"
        );
    }

    let mut table = String::from("static FILES: &[File] = &[\n");
    let mut page_hashes = Hashes::default();
    for (index, path) in paths.iter().enumerate() {
        let mut content = fs::read(path)?;
        let name = url_path(path.strip_prefix(&dist)?)?;
        if name == "/index.html" {
            let page = with_one_style(&String::from_utf8(content)?);
            page_hashes = Hashes::of(&page);
            content = page.into_bytes();
        }
        write_entry(&mut table, &out, index, &name, &content)?;
    }
    table.push_str("];\n");
    writeln!(table, "const SCRIPT_HASHES: &str = {:?};", page_hashes.scripts)?;
    writeln!(table, "const STYLE_HASHES: &str = {:?};", page_hashes.styles)?;
    fs::write(out.join("app.rs"), table)?;
    Ok(())
}

/// Adds a file to the table.
fn write_entry(table: &mut String, out: &Path, index: usize, name: &str, content: &[u8]) -> Result<()> {
    let etag: String = Sha256::digest(content)[..8].iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    });
    fs::write(out.join(format!("{index}.raw")), content)?;
    let variant = |extension: &str, compressed: Vec<u8>| -> Result<String> {
        if compressed.len() >= content.len() {
            return Ok("None".to_owned());
        }
        let file = format!("{index}.{extension}");
        fs::write(out.join(&file), compressed)?;
        Ok(format!("Some({})", include(&file)))
    };
    let brotli = variant("br", brotli(content)?)?;
    let gzip = variant("gz", gzip(content)?)?;
    writeln!(
        table,
        "File {{ path: {name:?}, content_type: {:?}, etag: {etag:?}, immutable: {}, \
         identity: {}, brotli: {brotli}, gzip: {gzip} }},",
        content_type(name),
        is_hashed(name),
        include(&format!("{index}.raw")),
    )?;
    Ok(())
}

fn include(file: &str) -> String {
    format!("include_bytes!(concat!(env!(\"OUT_DIR\"), \"/{file}\"))")
}

fn collect_files(folder: &Path, paths: &mut Vec<PathBuf>) -> Result<()> {
    let Ok(entries) = fs::read_dir(folder) else { return Ok(()) };
    for entry in entries {
        let entry = entry?;
        // trunk's staging folder and the stamp of `cargo xtask` begin with a dot.
        if entry.file_name().to_string_lossy().starts_with('.') {
            continue;
        }
        if entry.file_type()?.is_dir() {
            collect_files(&entry.path(), paths)?;
        } else {
            paths.push(entry.path());
        }
    }
    Ok(())
}

fn url_path(relative: &Path) -> Result<String> {
    let mut path = String::new();
    for part in relative {
        path.push('/');
        path.push_str(part.to_str().ok_or("the app's file names are ASCII")?);
    }
    Ok(path)
}

/// Whether trunk has put a hash of the content into the name, so that the content at this address
/// never changes.
fn is_hashed(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    name.split(['-', '_', '.'])
        .any(|part| part.len() >= 12 && part.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "wasm" => "application/wasm",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "webp" => "image/webp",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

fn brotli(content: &[u8]) -> Result<Vec<u8>> {
    let mut compressed = Vec::new();
    let parameters = brotli::enc::BrotliEncoderParams {
        quality: 11,
        lgwin: 22,
        size_hint: content.len(),
        ..Default::default()
    };
    brotli::BrotliCompress(&mut &content[..], &mut compressed, &parameters)?;
    Ok(compressed)
}

fn gzip(content: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(content)?;
    Ok(encoder.finish()?)
}

/// What the page's Content-Security-Policy has to name: the script with which trunk starts the
/// app stands in the page itself.
#[derive(Default)]
struct Hashes {
    scripts: String,
    styles: String,
}

impl Hashes {
    fn of(page: &str) -> Self {
        Self { scripts: hashes_of(page, "script"), styles: hashes_of(page, "style") }
    }
}

/// The page with adjacent `<style>` elements joined. trunk makes one for each of the app's style sheets, and every answer
/// with the page would name a hash of 53 bytes for each.
fn with_one_style(page: &str) -> String {
    page.replace("</style><style>", "")
}

/// The hashes of all elements of one kind that have a content, each with a space before it.
fn hashes_of(page: &str, element: &str) -> String {
    let (open, close) = (format!("<{element}"), format!("</{element}>"));
    let mut hashes = String::new();
    let mut rest = page;
    while let Some((_, after)) = rest.split_once(&open) {
        let Some((_, body)) = after.split_once('>') else { break };
        let Some((content, after)) = body.split_once(&close) else { break };
        if !content.is_empty() {
            let _ = write!(hashes, " 'sha256-{}'", BASE64.encode(&Sha256::digest(content)));
        }
        rest = after;
    }
    hashes
}
