//! Rebuilds when an embedded folder changes: the embedding macros alone do not notice a new file.

fn main() {
    for folder in ["migrations", "templates", "static", "Rocket.toml"] {
        println!("cargo:rerun-if-changed={folder}");
    }
}
