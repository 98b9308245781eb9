//! The entry of the third module, the Admin page: see the library.

fn main() {
    frontend::admin::run();
}
