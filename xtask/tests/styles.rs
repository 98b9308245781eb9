//! The rules of the app's style sheets, which no compiler checks.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

/// A style sheet.
struct Sheet {
    /// Its path from the workspace's root, with slashes.
    path: String,
    /// Its text without comments.
    css: String,
    lines: usize,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace").to_owned()
}

/// All files below a folder with one of these extensions.
fn files(folder: &Path, extensions: &[&str], found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("the folder can be read") {
        let path = entry.expect("its entries too").path();
        if path.is_dir() {
            files(&path, extensions, found);
        } else if path.extension().is_some_and(|extension| extensions.iter().any(|known| extension == *known))
        {
            found.push(path);
        }
    }
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).expect("a text file")
}

fn sheets() -> Vec<Sheet> {
    let mut found = Vec::new();
    files(&root().join("frontend"), &["css"], &mut found);
    let sheet = |file: &PathBuf| {
        let text = read(file);
        let path = file.strip_prefix(root()).expect("a file of the workspace");
        let path = path.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/");
        Sheet { path, css: without_comments(&text), lines: text.lines().count() }
    };
    found.iter().map(sheet).collect()
}

fn without_comments(css: &str) -> String {
    let mut pieces = css.split("/*");
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(first, |kept, piece| kept + piece.split_once("*/").expect("a comment ends").1)
}

/// The declarations of a sheet: property and value.
fn declarations(sheet: &Sheet) -> impl Iterator<Item = (&str, &str)> {
    sheet.css.split(['{', '}', ';']).filter_map(|part| part.trim().split_once(": "))
}

/// The names of the classes that a sheet's selectors contain.
fn classes(sheet: &Sheet) -> impl Iterator<Item = &str> {
    let selectors =
        sheet.css.split('}').filter_map(|rule| rule.rsplit_once('{')).map(|(selector, _)| selector);
    let after_dots = selectors.flat_map(|selector| selector.split('.').skip(1));
    after_dots
        .filter_map(|rest| words(rest).next())
        .filter(|name| name.starts_with(|c: char| c.is_ascii_lowercase()))
}

/// The words of a text, as class names are written.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '-')
}

#[test]
fn every_class_of_a_style_sheet_is_in_the_markup() {
    let mut sources = vec![root().join("index.html")];
    files(&root().join("frontend/src"), &["rs"], &mut sources);
    let markup: String = sources.iter().map(|file| read(file) + "\n").collect();
    // What is between quotation marks.
    let literals = markup.lines().flat_map(|line| line.split('"').skip(1).step_by(2));
    let used: HashSet<&str> = literals.flat_map(words).collect();
    for sheet in sheets() {
        // `author.rs` computes the hue's class.
        for class in classes(&sheet).filter(|class| !class.starts_with("hue-")) {
            assert!(used.contains(class), "{}: no markup has the class `{class}`", sheet.path);
        }
    }
}

#[test]
fn colours_sizes_spaces_and_layers_are_tokens() {
    for sheet in sheets().iter().filter(|sheet| !sheet.path.ends_with("/tokens.css")) {
        for (property, value) in declarations(sheet) {
            let about = format!("{}: {property}: {value}", sheet.path);
            assert!(!value.contains('#') && !value.contains("rgb("), "a colour of its own in {about}");
            assert!(
                property != "z-index" || value.starts_with("var(--layer-"),
                "a layer of its own in {about}"
            );
            let own_size = property == "font-size" && value.ends_with(['m', 'x']);
            assert!(!own_size, "a size of its own in {about}");
            let is_space = ["padding", "margin", "gap"].iter().any(|space| property.starts_with(space));
            // The clipped pixel of `.visually-hidden`, and the width of the plots' captions.
            let is_known = ["-1px", "calc(168px + var(--space-8) + var(--space-24))"].contains(&value);
            assert!(!is_space || is_known || !value.contains("px"), "a space of its own in {about}");
        }
    }
}

#[test]
fn every_token_is_used_and_exists() {
    let sheets = sheets();
    let all: String = sheets.iter().map(|sheet| sheet.css.as_str()).collect();
    let used: HashSet<&str> = all.split("var(").skip(1).filter_map(|rest| words(rest).next()).collect();
    let set: HashSet<&str> = sheets
        .iter()
        .flat_map(declarations)
        .map(|(property, _)| property)
        .filter(|property| property.starts_with("--"))
        .collect();
    let mut odd: Vec<_> = used.symmetric_difference(&set).collect();
    odd.sort();
    assert!(odd.is_empty(), "used but not set, or set but not used: {odd:?}");
}

#[test]
fn there_are_two_breakpoints_and_few_other_queries() {
    for sheet in sheets() {
        for query in sheet.css.split("@media ").skip(1).filter_map(|rest| rest.split_once(" {")) {
            let known = [
                "(width < 1000px)",
                "(width < 700px)",
                "(pointer: coarse)",
                "(hover: hover)",
                "(height < 400px)",
                "(prefers-reduced-motion: reduce)",
            ];
            assert!(known.contains(&query.0), "{}: {}", sheet.path, query.0);
        }
    }
}

#[test]
fn each_module_has_its_style_sheets_and_the_browsers_bar_has_the_pages_colour() {
    let page = read(&root().join("index.html"));
    let tools = read(&root().join("frontend/src/tools/mod.rs"));
    let admin = read(&root().join("frontend/src/admin/mod.rs"));
    let sheets = sheets();
    for sheet in &sheets {
        let on_demand = sheet.path.strip_prefix("frontend/src/").map(|path| format!("\"../{path}\""));
        let is_in = |module: &str| on_demand.as_ref().is_some_and(|path| module.contains(path));
        let in_page = page.contains(&format!("href=\"{}\"", sheet.path));
        let homes = [in_page, is_in(&tools), is_in(&admin)].into_iter().filter(|home| *home).count();
        assert_eq!(homes, 1, "{} must be in index.html or in one module on demand", sheet.path);
        assert!(sheet.lines <= 400, "{} has {} lines", sheet.path, sheet.lines);
    }
    let tokens = sheets.iter().find(|sheet| sheet.path.ends_with("/tokens.css")).expect("there are tokens");
    let (_, ground) = declarations(tokens).find(|(property, _)| *property == "--ground").expect("a ground");
    let colours: Vec<&str> = page
        .lines()
        .filter(|line| line.contains("name=\"theme-color\""))
        .filter_map(|line| line.split_once("content=\"")?.1.split('"').next())
        .collect();
    assert_eq!(format!("light-dark({})", colours.join(", ")), ground);
}
