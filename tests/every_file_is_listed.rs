//! Every file of tests has its `mod` line: without one it is not compiled, and its tests never run.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

#[test]
fn every_file_is_named_by_a_mod_line() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).canonicalize().unwrap();
    let mut named = BTreeSet::new();
    for start in ["src/lib.rs", "src/main.rs", "tests/main.rs", "tests/bench/main.rs"] {
        follow(&root.join(start), &mut named);
    }
    let mut there = BTreeSet::new();
    for folder in ["src", "tests"] {
        collect(&root.join(folder), &mut there);
    }
    let forgotten: Vec<_> = there.difference(&named).map(|file| file.strip_prefix(&root).unwrap()).collect();
    assert!(forgotten.is_empty(), "no `mod` line names {forgotten:?}");
    assert!(there.len() > 100, "only {} files were found", there.len());
}

/// Adds a file and all that its `mod` lines lead to.
fn follow(file: &Path, named: &mut BTreeSet<PathBuf>) {
    if !named.insert(file.to_owned()) {
        return;
    }
    let folder = file.parent().unwrap();
    let stem = file.file_stem().unwrap();
    let is_root = ["lib", "main", "mod"].iter().any(|root| stem == *root);
    let below = if is_root { folder.to_owned() } else { folder.join(stem) };
    let text = fs::read_to_string(file).unwrap();
    let mut path = None;
    for line in text.lines() {
        if let Some(given) = line.strip_prefix("#[path = \"").and_then(|rest| rest.strip_suffix("\"]")) {
            path = Some(folder.join(given));
        }
        let Some(name) = module(line) else { continue };
        let candidates = [path.take(), Some(below.join(format!("{name}.rs"))), Some(below.join(name).join("mod.rs"))];
        let found = candidates.into_iter().flatten().find(|candidate| candidate.is_file());
        let found = found.unwrap_or_else(|| panic!("{} names {name}, which is not found", file.display()));
        follow(&found.canonicalize().unwrap(), named);
    }
}

/// The name in a line such as `pub mod name;`.
fn module(line: &str) -> Option<&str> {
    let (visibility, rest) = line.split_once("mod ")?;
    (visibility.is_empty() || visibility.starts_with("pub")).then(|| rest.strip_suffix(';')).flatten()
}

/// Every file of Rust in a folder and those below it.
fn collect(folder: &Path, files: &mut BTreeSet<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            files.insert(path);
        }
    }
}
