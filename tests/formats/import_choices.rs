//! `urna poll import`, by the built binary.

use std::{fs, path::PathBuf, process::Command};

use tempfile::TempDir;

use crate::{
    helpers::{database::TestDatabase, on_both},
    operations::poll_command::{done, migrated, refused, urna},
};

on_both!(
    the_example_becomes_a_poll,
    a_table_is_read_as_spreadsheets_write_it,
    keys_are_read_or_created,
    every_mistake_is_listed_with_its_line,
    a_file_that_is_no_table_is_refused,
    columns_that_are_not_read_are_named,
    pictures_are_files_beside_the_table,
    two_thousand_choices_are_the_most,
);

/// A file of a test's own.
pub struct File {
    path: PathBuf,
    _folder: tempfile::TempDir,
}

impl File {
    /// With this name and content, alone in a folder.
    pub fn new(name: &str, content: impl AsRef<[u8]>) -> File {
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path().join(name);
        fs::write(&path, content).unwrap();
        File { path, _folder: folder }
    }

    /// Where it is.
    pub fn path(&self) -> &str {
        self.path.to_str().unwrap()
    }
}

fn not_imported(database: &TestDatabase, content: impl AsRef<[u8]>, sentence: &str) {
    let file = File::new("bad.csv", content);
    refused(database, &["poll", "import", file.path()], sentence);
}

/// Keys and labels as `poll show` prints them.
fn choices(database: &TestDatabase, slug: &str) -> Vec<(String, String)> {
    let shown = done(database, &["poll", "show", slug]);
    let rows = shown.lines().filter(|line| line.starts_with(' '));
    rows.map(|line| {
        let (key, label) = line.trim_start().trim_start_matches("0 ").split_once(' ').unwrap();
        (key.to_owned(), label.trim().to_owned())
    })
    .collect()
}

async fn the_example_becomes_a_poll(database: TestDatabase) {
    migrated(&database);
    let example = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/films.csv");
    let stdout = done(&database, &["poll", "import", example, "--title", "Your favourite film", "--listed"]);
    assert_eq!(stdout, "your-favourite-film is created with 32 choices, and on the home page\n");
    let films = choices(&database, "your-favourite-film");
    assert_eq!(films[6], ("7".into(), "Metropolis (1927)".into()));
    assert_eq!(films[26].1, "Good Morning (Ohayō, 1959)");
    assert_eq!(done(&database, &["poll", "import", example, "--listed"]), "films is created with 32 choices\n");
    refused(&database, &["poll", "import", example, "--listed"], "another poll has this slug");
    refused(&database, &["poll", "import", example, "--slug", "No"], "give another with --slug");
}

async fn a_table_is_read_as_spreadsheets_write_it(database: TestDatabase) {
    migrated(&database);
    let same = [("tea", "Tea, black"), ("coffee", "Coffee")].map(|(key, label)| (key.to_owned(), label.to_owned()));
    let tables = [
        "\u{FEFF}Label;Key;About\r\nTea, black;tea;\"Hot,\r\nstrong\"\r\nCoffee;coffee;\r\n;;\r\n",
        "key\tname\ntea\tTea, black\n\ncoffee\t Coffee \n",
        "\"id\",\"title\"\ntea,\"Tea, black\"\n\"coffee\",Coffee",
    ];
    for (i, table) in tables.iter().enumerate() {
        let file = File::new("what_to-drink.csv", table);
        let slug = format!("drink-{i}");
        done(&database, &["poll", "import", file.path(), "--slug", &slug, "--description", "Pick."]);
        assert_eq!(choices(&database, &slug), same, "{table}");
        let shown = done(&database, &["poll", "show", &slug]);
        assert!(shown.starts_with("What to drink (open)\nPick.\n"), "{shown}");
    }
    let described = "SELECT count(*) FROM choices WHERE description = 'Hot, strong'";
    assert_eq!(database.number(described).await, 1);
}

async fn keys_are_read_or_created(database: TestDatabase) {
    migrated(&database);
    let file = File::new("keys.csv", "id,title,code\n1,Tea!,X1\n,Tea?,X2\n3,Tea;,\n4,東京,X4\n");
    let (status, _, warned) = urna(&database, &["poll", "import", file.path(), "--slug", "keys"]);
    assert!(status == 0 && warned.contains("not read: “code”"), "{warned}");
    let keys = |slug| choices(&database, slug).into_iter().map(|(key, _)| key).collect::<Vec<_>>();
    assert_eq!(keys("keys"), ["1", "tea", "3", "4"]);
    let (status, _, warned) =
        urna(&database, &["poll", "import", file.path(), "--slug", "codes", "--key-column", "Code"]);
    assert!(status == 0 && warned.contains("not read: “id”"), "{warned}");
    assert_eq!(keys("codes"), ["x1", "x2", "tea", "x4"]);
    refused(
        &database,
        &["poll", "import", file.path(), "--key-column", "isbn"],
        "there is no column “isbn” for the keys",
    );
}

async fn every_mistake_is_listed_with_its_line(database: TestDatabase) {
    migrated(&database);
    let long = "x".repeat(201);
    let table = format!(
        "id,label,about\n1,Pita,\n\n2,Pita,\n3,Рita,\n4,\"  \",\"two\nlines\"\n5,{long},\n6,a\u{202E}b,\n1,Gummi,\n!,Cleo,\n"
    );
    let sentences = [
        "line 4: “Pita” is on line 2 too",
        "line 5: “Рita” looks like “Pita” on line 2",
        "line 6: Enter the label.",
        "line 8: The label has 201 characters; 200 are the most.",
        "line 9: The label has a character",
        "line 10: “1” is on line 2 too",
        "line 11: The key “!” has no letter",
    ];
    for sentence in sentences {
        not_imported(&database, &table, sentence);
    }
    not_imported(&database, "label\na,b\nc\n", "line 2: It has 2 fields for 1 columns");
    let many: String = (0..30).map(|_| "same\n").collect();
    not_imported(&database, format!("label\n{many}"), "And 19 mistakes more.");
}

async fn a_file_that_is_no_table_is_refused(database: TestDatabase) {
    migrated(&database);
    refused(&database, &["poll", "import", "/nowhere/films.csv"], "/nowhere/films.csv: can’t be read: No such file");
    refused(&database, &["poll", "import", "/tmp"], "can’t be read");
    not_imported(&database, "", "names no column label");
    not_imported(&database, "Metropolis\nNosferatu\n", "names no column label (or title, name); it has: metropolis");
    not_imported(&database, "label\nPita\n", "at least two choices");
    not_imported(&database, b"label\nPita\n\xFFummi\n", "line 3 is not UTF-8; save the table as “CSV UTF-8”");
    not_imported(&database, b"\xFF\xFEl\0a\0b\0e\0l\0", "line 1 is not UTF-8");
    let file = File::new("---.csv", "label\na\nb\n");
    refused(&database, &["poll", "import", file.path()], "Enter the title.");
}

async fn columns_that_are_not_read_are_named(database: TestDatabase) {
    migrated(&database);
    let file = File::new("films.csv", "title,year,label\nX,1927,Metropolis\nY,1922,Nosferatu\n");
    let (status, stdout, warned) = urna(&database, &["poll", "import", file.path(), "--slug", "films"]);
    assert_eq!((status, warned.lines().count()), (0, 1), "{stdout}{warned}");
    assert!(
        warned.contains("not read: “title”, “year”; the columns that are read: label or title or name"),
        "{warned}"
    );
    assert_eq!(choices(&database, "films")[0].1, "Metropolis");
}

async fn pictures_are_files_beside_the_table(database: TestDatabase) {
    migrated(&database);
    for name in ["../secret.png", "/etc/passwd", "a/../../b.png", "..\\b.png", "C:b.png", "."] {
        let sentence = "is not a file beside the table";
        not_imported(&database, format!("label,picture\na,{name}\nb,\n"), sentence);
    }
    not_imported(&database, "label,picture\na,none.png\nb,\n", "none.png: No such file");
    not_imported(&database, "label,picture\na,bad.csv\nb,\n", "line 2: The picture ");
    let file =
        File::new("cats.csv", "label,picture,alt\nGummi,cats/gummi.png,A pink cat\nPita,\nCleo,cats/gummi.png\n");
    let folder = file.path.parent().unwrap().join("cats");
    fs::create_dir(&folder).unwrap();
    image::RgbImage::new(600, 400).save(folder.join("gummi.png")).unwrap();
    // What a link leads to, and what no read comes to the end of.
    let beside = TempDir::new().unwrap();
    fs::copy(folder.join("gummi.png"), beside.path().join("secret.png")).unwrap();
    std::os::unix::fs::symlink(beside.path(), folder.join("out")).unwrap();
    assert!(Command::new("mkfifo").arg(folder.join("pipe.png")).status().unwrap().success());
    for (name, sentence) in
        [("cats/out/secret.png", "it is a link to another folder"), ("cats/pipe.png", "it is not a file")]
    {
        let file = folder.parent().unwrap().join("bad.csv");
        fs::write(&file, format!("label,picture\na,{name}\nb,\n")).unwrap();
        refused(&database, &["poll", "import", file.to_str().unwrap()], sentence);
    }
    done(&database, &["poll", "import", file.path()]);
    assert_eq!(database.number("SELECT count(*) FROM pictures").await, 1);
    let shown = "SELECT count(*) FROM choices JOIN pictures ON picture = hash WHERE alt = 'A pink cat' OR key = 'cleo'";
    assert_eq!(database.number(shown).await, 2);
}

async fn two_thousand_choices_are_the_most(database: TestDatabase) {
    migrated(&database);
    let table = |number: usize| format!("label\n{}", (0..number).map(|i| format!("Choice {i}\n")).collect::<String>());
    not_imported(&database, table(2001), "it has 2001 choices; 2000 are the most");
    let file = File::new("many.csv", table(2000));
    assert_eq!(
        done(&database, &["poll", "import", file.path(), "--listed"]),
        "many is created with 2,000 choices, and on the home page\n"
    );
}
