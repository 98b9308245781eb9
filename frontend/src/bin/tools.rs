//! The entry of the second module, the tools' pages: see the library.

fn main() {
    frontend::tools::run();
}
