//! What the first module is made of, by crate and by function.
//!
//! The module is built once more with the names of its functions, in a profile of its own, with the same steps as the app's.
//! A generic function belongs to the crate that defines it, whatever it was instantiated with.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};
use rustc_demangle::demangle;
use wasmparser::{Imports, KnownCustom, Name, Parser, Payload, TypeRef};

use crate::{app, process, tools, workspace};

/// The profile of the app, with names. Cargo keeps its output apart from the app's.
const PROFILE: &[&str] = &[
    "--profile=wasm-names",
    "--config=profile.wasm-names.inherits=\"wasm-release\"",
    "--config=profile.wasm-names.strip=\"debuginfo\"",
    // With these names a generic function says what it was instantiated with. Cargo adds the flag to those of its configuration.
    "--config=target.wasm32-unknown-unknown.rustflags=[\"-Csymbol-mangling-version=v0\"]",
];

/// A module's functions with their sizes, and the size of its data.
struct Module {
    functions: Vec<(String, usize)>,
    data: usize,
}

/// Prints the sizes by crate, of generic functions with all their copies, and of single functions.
pub(crate) fn print(shown: usize) -> Result<()> {
    let module = parse(&fs::read(build()?)?)?;
    let code: usize = module.functions.iter().map(|(_, size)| size).sum();

    println!("The first module by crate, raw bytes (brotli makes about a third of it)");
    for (name, (count, size)) in sorted(group(&module.functions, crate_of)) {
        println!("  {size:9}  {:5.1} %  {count:5} functions  {name}", share(size, code));
    }
    println!("  {code:9}  all code");
    println!("  {:9}  data", module.data);

    println!("\nThe {shown} largest, all copies of a generic function together");
    for (name, (count, size)) in sorted(group(&module.functions, without_generics)).into_iter().take(shown) {
        println!("  {size:9}  {count:4} ×  {}", shortened(&name));
    }

    println!("\nThe {shown} largest single functions");
    let mut functions = module.functions;
    functions.sort_by_key(|(_, size)| std::cmp::Reverse(*size));
    for (name, size) in functions.into_iter().take(shown) {
        println!("  {size:9}  {}", shortened(&name));
    }
    Ok(())
}

/// Builds the first module with names.
fn build() -> Result<PathBuf> {
    tools::rust_for_wasm()?;
    let folder = workspace::scratch()?.join("size");
    let mut cargo = workspace::command("cargo");
    cargo.args(["build", "--package", "parlor-frontend", "--bin", "parlor-app", "--target", tools::WASM]);
    process::run(cargo.args(PROFILE))?;
    let mut bindgen = Command::new(tools::wasm_bindgen()?);
    bindgen.args(["--target", "web", "--no-typescript", "--no-demangle", "--out-dir"]).arg(&folder);
    let compiled = workspace::target().join(tools::WASM).join("wasm-names/parlor-app.wasm");
    process::run(bindgen.arg(compiled))?;
    let module = folder.join("parlor-app_bg.wasm");
    if let Some(wasm_opt) = tools::wasm_opt() {
        app::optimize_module(&wasm_opt, &module, &["-g"])?;
    }
    Ok(module)
}

fn parse(module: &[u8]) -> Result<Module> {
    let mut names = HashMap::new();
    let mut imported = 0;
    let mut sizes = Vec::new();
    let mut data = 0;
    for payload in Parser::new(0).parse_all(module) {
        match payload.context("this is no module of WebAssembly")? {
            Payload::ImportSection(imports) => {
                for group in imports {
                    if let Imports::Single(_, import) = group?
                        && let TypeRef::Func(_) | TypeRef::FuncExact(_) = import.ty
                    {
                        imported += 1;
                    }
                }
            }
            Payload::CodeSectionEntry(body) => sizes.push(body.range().len()),
            Payload::DataSection(section) => data = section.range().len(),
            Payload::CustomSection(section) => {
                let KnownCustom::Name(sections) = section.as_known() else { continue };
                for section in sections {
                    if let Name::Function(map) = section? {
                        for naming in map {
                            let naming = naming?;
                            names.insert(naming.index, format!("{:#}", demangle(naming.name)));
                        }
                    }
                }
            }
            _ => {}
        }
    }
    let name = |index| names.get(&index).cloned().unwrap_or_else(|| "without a name".to_owned());
    let functions = (imported..).map(name).zip(sizes).collect();
    Ok(Module { functions, data })
}

/// How many functions have each key, and their bytes.
fn group(functions: &[(String, usize)], key: fn(&str) -> String) -> BTreeMap<String, (usize, usize)> {
    let mut groups = BTreeMap::new();
    for (name, size) in functions {
        let (count, sum) = groups.entry(key(name)).or_insert((0, 0));
        *count += 1;
        *sum += size;
    }
    groups
}

/// The largest first.
fn sorted(groups: BTreeMap<String, (usize, usize)>) -> Vec<(String, (usize, usize))> {
    let mut groups: Vec<_> = groups.into_iter().collect();
    groups.sort_by_key(|(_, (_, size))| std::cmp::Reverse(*size));
    groups
}

#[expect(clippy::cast_precision_loss, reason = "a percentage of some hundred thousand bytes")]
fn share(part: usize, whole: usize) -> f64 {
    100.0 * part as f64 / whole.max(1) as f64
}

/// The crate that defines a function, by its demangled name. A method belongs to the crate of its type, or to that of its
/// trait if the type is a language's own.
fn crate_of(name: &str) -> String {
    let mut rest = name;
    loop {
        let prefixes = ["<", "&", "*const ", "*mut ", "mut ", "dyn ", "impl ", "[", "("];
        while let Some(shorter) = prefixes.iter().find_map(|prefix| rest.strip_prefix(prefix)) {
            rest = shorter;
        }
        let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        if after.starts_with("::") {
            return word.to_owned();
        }
        match after.split_once(" as ") {
            Some((_, of_trait)) => rest = of_trait,
            None => return "no crate's (allocator, memory, exports)".to_owned(),
        }
    }
}

/// The name with the arguments of types and functions removed: the same for all copies of a generic function.
fn without_generics(name: &str) -> String {
    let mut short = String::new();
    let mut chars = name.char_indices();
    while let Some((at, c)) = chars.next() {
        let is_argument = short.ends_with(|before: char| before.is_alphanumeric() || before == '_')
            || (short.ends_with("::") && !name[at..].starts_with("<impl "));
        if c != '<' || !is_argument {
            short.push(c);
            continue;
        }
        short.truncate(short.trim_end_matches("::").len());
        let (mut depth, mut before) = (1, c);
        for (_, c) in chars.by_ref() {
            match c {
                '<' => depth += 1,
                // The `>` of an arrow closes nothing.
                '>' if before != '-' => depth -= 1,
                _ => {}
            }
            before = c;
            if depth == 0 {
                break;
            }
        }
    }
    short
}

fn shortened(name: &str) -> String {
    const LONGEST: usize = 150;
    if name.chars().count() <= LONGEST {
        return name.to_owned();
    }
    name.chars().take(LONGEST).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_belongs_to_the_crate_that_defines_it() {
        let of = [
            ("frontend::rooms::names", "frontend"),
            ("yew::html::component::scope::Scope<frontend::App>::send", "yew"),
            ("<frontend::rooms::RoomsPage as yew::Component>::view", "frontend"),
            ("<alloc::vec::Vec<frontend::X> as core::clone::Clone>::clone", "alloc"),
            ("<&mut dyn core::fmt::Write as core::fmt::Write>::write_str", "core"),
            ("<u32 as core::fmt::Display>::fmt", "core"),
            ("<[T] as core::fmt::Debug>::fmt", "core"),
            ("core::ptr::drop_in_place<frontend::App>", "core"),
            ("__wbindgen_malloc", "no crate's (allocator, memory, exports)"),
        ];
        for (name, expected) in of {
            assert_eq!(crate_of(name), expected, "{name}");
        }
    }

    #[test]
    fn copies_of_a_generic_function_have_one_name() {
        let names = [
            ("core::ptr::drop_in_place<alloc::vec::Vec<u8>>", "core::ptr::drop_in_place"),
            ("a::b::<fn(u8) -> u8, c::D<E>>::f", "a::b::f"),
            ("<a::B<c::D> as e::F<G>>::h::{closure#0}", "<a::B as e::F>::h::{closure#0}"),
            ("a::<impl b::C for d::E>::f", "a::<impl b::C for d::E>::f"),
        ];
        for (name, expected) in names {
            assert_eq!(without_generics(name), expected, "{name}");
        }
    }

    #[test]
    fn functions_are_read_with_their_names_after_the_imported_ones() {
        // One imported function, two defined ones with bodies of 2 and 3 bytes, and names for functions 1 and 2.
        let module = b"\0asm\x01\0\0\0\
            \x01\x04\x01\x60\0\0\
            \x02\x07\x01\x01a\x01b\0\0\
            \x03\x03\x02\0\0\
            \x0a\x08\x02\x02\0\x0b\x03\0\x01\x0b\
            \0\x0f\x04name\x01\x08\x02\x01\x01f\x02\x02gh";
        let module = parse(module).unwrap();
        assert_eq!(module.functions, [("f".to_owned(), 2), ("gh".to_owned(), 3)]);
    }
}
