//! The layout of the code: one table of routes, no circles between files, and pure parts that know neither HTTP nor the
//! database.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use urna::web::SITE;

use crate::helpers::{app::App, database::TestDatabase, on_both};

on_both!(the_table_has_every_route);

/// Parts in which no two files may import each other, not even by others.
const WITHOUT_CIRCLES: [&str; 15] = [
    "cli", "codes", "config", "count", "db", "formats", "lib", "marks", "models", "pictures", "start", "text",
    "voting", "web", "words",
];

/// Parts that know neither Rocket nor Diesel.
const PURE: [&str; 5] = ["count", "formats", "marks", "text", "words"];

/// The files that tell outcomes; the other words are about votes, polls and settings.
const WORDS_OF_OUTCOMES: [&str; 10] = [
    "words::comparison",
    "words::events",
    "words::json",
    "words::grades",
    "words::methods",
    "words::numbers",
    "words::outcome",
    "words::report",
    "words::story",
    "words::ties",
];

async fn the_table_has_every_route(database: TestDatabase) {
    let app = App::start(database).await;
    let routes: BTreeSet<(String, String)> =
        app.client.rocket().routes().map(|route| (route.method.to_string(), route.uri.to_string())).collect();
    let table: BTreeSet<(String, String)> =
        SITE.iter().map(|(method, path)| ((*method).to_owned(), (*path).to_owned())).collect();
    assert_eq!(routes, table);
    assert_eq!(table.len(), SITE.len(), "a route is there twice");
}

#[test]
fn no_two_files_import_each_other() {
    let files = files();
    let imports: BTreeMap<&str, BTreeSet<String>> =
        files.iter().map(|(module, text)| (module.as_str(), imports(module, text, &files))).collect();
    for module in imports.keys().filter(|module| is_in(module, &WITHOUT_CIRCLES)) {
        let mut reached: BTreeSet<&str> = BTreeSet::new();
        let mut open: Vec<&str> = vec![module];
        while let Some(next) = open.pop() {
            for other in imports.get(next).into_iter().flatten() {
                assert_ne!(other, module, "{next} imports {module}, which imports it");
                if reached.insert(other) {
                    open.push(other);
                }
            }
        }
    }
    assert!(imports["web::voter::ballots"].contains("voting"), "imports are found");
    assert!(imports["web::results"].contains("web::http::reply"), "imports are found");
}

#[test]
fn pure_parts_know_neither_http_nor_the_database() {
    let files = files();
    let pure: Vec<_> = files.iter().filter(|(module, _)| is_in(module, &PURE)).collect();
    assert!(pure.len() > 40);
    for (module, text) in pure {
        for stranger in ["rocket", "diesel", "diesel_async", "rocket_db_pools"] {
            assert!(!text.contains(&format!("{stranger}::")), "{module} names {stranger}");
        }
    }
}

#[test]
fn counting_gives_facts_and_words_phrase_them() {
    let files = files();
    for (module, text) in &files {
        let allowed = match module.as_str() {
            _ if is_in(module, &["count"]) => ["count", "marks", "text"].as_slice(),
            _ if WORDS_OF_OUTCOMES.contains(&module.as_str()) => ["words", "count", "text"].as_slice(),
            _ => continue,
        };
        for other in imports(module, text, &files) {
            assert!(is_in(&other, allowed), "{module} imports {other}");
        }
    }
    assert!(WORDS_OF_OUTCOMES.iter().all(|module| files.contains_key(*module)));
}

#[test]
fn each_method_names_its_source() {
    let files = files();
    let methods: Vec<_> = files.iter().filter(|(_, text)| text.contains("const SPEC: Spec")).collect();
    assert!(methods.len() > 10);
    for (module, text) in methods {
        assert!(text.contains("//! Source"), "{module} names no source");
    }
}

fn is_in(module: &str, parts: &[&str]) -> bool {
    parts.contains(&module.split("::").next().unwrap_or_default())
}

/// The files of the library by their modules, without their tests.
fn files() -> BTreeMap<String, String> {
    fn walk(folder: &Path, prefix: &str, files: &mut BTreeMap<String, String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_str().unwrap();
            let module = if prefix.is_empty() { name.to_owned() } else { format!("{prefix}::{name}") };
            if path.is_dir() {
                walk(&path, &module, files);
            } else {
                let text = fs::read_to_string(&path).unwrap();
                let text = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default().to_owned();
                files.insert(if name == "mod" { prefix.to_owned() } else { module }, text);
            }
        }
    }
    let mut files = BTreeMap::new();
    walk(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), "", &mut files);
    files
}

/// The modules that a file imports, but for those below it.
fn imports(module: &str, text: &str, files: &BTreeMap<String, String>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for part in text.split(";\n") {
        let Some(at) = part.rfind("use ").filter(|at| part[..*at].lines().next_back().is_none_or(is_visibility)) else {
            continue;
        };
        let mut paths = Vec::new();
        expand("", &part[at + 4..].replace(['\n', ' '], ""), &mut paths);
        for path in paths {
            let mut parts: Vec<&str> = module.split("::").collect();
            let mut rest = path.as_str();
            if let Some(after) = rest.strip_prefix("crate::") {
                (parts, rest) = (Vec::new(), after);
            } else if let Some(after) = rest.strip_prefix("self::") {
                rest = after;
            } else if rest.starts_with("super::") {
                while let Some(after) = rest.strip_prefix("super::") {
                    parts.pop();
                    rest = after;
                }
            } else {
                continue;
            }
            parts.extend(rest.split("::"));
            let lengths = (1..=parts.len()).rev();
            let target = lengths.map(|length| parts[..length].join("::")).find(|target| files.contains_key(target));
            found.extend(target.filter(|target| target != module && !target.starts_with(&format!("{module}::"))));
        }
    }
    found
}

fn is_visibility(line: &str) -> bool {
    line.trim().is_empty() || line.trim().starts_with("pub")
}

/// Each path of a `use`, without its braces.
fn expand(prefix: &str, tree: &str, paths: &mut Vec<String>) {
    let Some((start, inner)) = tree.split_once('{').and_then(|(start, rest)| Some((start, rest.strip_suffix('}')?)))
    else {
        paths.push(format!("{prefix}{tree}"));
        return;
    };
    let (mut depth, mut from) = (0, 0);
    for (at, c) in inner.char_indices().chain([(inner.len(), ',')]) {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                if !inner[from..at].is_empty() {
                    expand(&format!("{prefix}{start}"), &inner[from..at], paths);
                }
                from = at + 1;
            }
            _ => {}
        }
    }
}
