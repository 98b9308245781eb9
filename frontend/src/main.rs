//! The browser app's entry: see the library.

fn main() {
    frontend::run();
}
