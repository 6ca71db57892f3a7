//! `GET /static/<name>`.

use std::{fs, io::Write as _, process::Command};

use flate2::{Compression, write::GzEncoder};
use rocket::http::{Method, RawStr, Status};

use tempfile::TempDir;
use urna::count::Method as CountMethod;

use crate::helpers::{
    app::{App, SECRET, WithSettings as _, new_poll},
    database::TestDatabase,
    postgres::free_port,
    server::{Server, bare_command},
};

/// No file is in a database: one engine tells all.
fn run(body: impl AsyncFnOnce(App)) {
    TestDatabase::sqlite().run(async |database| body(App::start(database).await).await);
}

/// The same in each profile, which read the folder differently.
fn run_in_both_profiles(body: impl AsyncFn(App)) {
    TestDatabase::sqlite().run(async |database| body(App::start(database).await).await);
    TestDatabase::sqlite().run(async |database| body(App::start_in_development(database).await).await);
}

/// The address of a file as the pages name it.
async fn hashed(app: &App, stem: &str, ending: &str) -> String {
    let page = app.get("/").await.body;
    let start = format!("/static/{stem}.");
    let rest = page.split(&start).nth(1).unwrap_or_else(|| panic!("no {start} in {page}"));
    let hash = rest.split('.').next().unwrap();
    assert!(hash.len() >= 8 && hash.bytes().all(|b| b.is_ascii_hexdigit()), "{hash}");
    format!("{start}{hash}.{ending}")
}

#[test]
fn an_address_with_a_hash_is_kept_for_ever() {
    run(async |app| {
        for (stem, ending, kind) in [
            ("app", "css", "text/css; charset=utf-8"),
            ("vote", "js", "text/javascript"),
            ("favicon", "svg", "image/svg+xml"),
        ] {
            let answer = app.get(&hashed(&app, stem, ending).await).await;
            assert_eq!(answer.status, Status::Ok);
            assert_eq!(answer.header("cache-control"), Some("public, max-age=31536000, immutable"));
            assert_eq!(answer.header("content-type"), Some(kind));
            assert_eq!(answer.body, fs::read_to_string(format!("static/{stem}.{ending}")).unwrap());
        }
    });
}

#[test]
fn a_plain_address_is_asked_for_again_and_not_sent_again() {
    run(async |app| {
        let answer = app.get("/static/gummi.svg").await;
        assert_eq!((answer.status, answer.header("cache-control")), (Status::Ok, Some("no-cache")));
        let etag = answer.header("etag").unwrap().to_owned();
        let known = app.get_with("/static/gummi.svg", "If-None-Match", &etag).await;
        assert_eq!(
            (known.status, known.body.as_str(), known.header("etag")),
            (Status::NotModified, "", Some(etag.as_str()))
        );
        let other = app.get("/static/pita.svg").await.header("etag").unwrap().to_owned();
        assert_ne!(etag, other);
        assert_eq!(app.get_with("/static/gummi.svg", "If-None-Match", &other).await.status, Status::Ok);
        let head = app.send(Method::Head, "/static/gummi.svg", b"", &[]).await;
        assert_eq!((head.status, head.header("etag"), head.body.as_str()), (Status::Ok, Some(etag.as_str()), ""));
    });
}

#[test]
fn a_wrong_hash_or_an_unknown_name_is_not_found() {
    run(async |app| {
        let addresses = [
            "/static/app.0000000000000000.css",
            "/static/app..css",
            "/static/nothing.css",
            "/static/app",
            "/static/.css",
            "/static/",
            "/static",
            "/static/APP.css",
        ];
        for address in addresses {
            let answer = app.get(address).await;
            assert_eq!(answer.status, Status::NotFound, "{address}");
            assert!(answer.body.contains("There is no page at this address."), "{address}: {}", answer.body);
            assert_eq!(answer.header("cache-control"), Some("no-store"), "{address}");
        }
        // Another file's hash is a wrong one.
        let address = hashed(&app, "app", "css").await.replace("/app.", "/vote.").replace(".css", ".js");
        assert_eq!(app.get(&address).await.status, Status::NotFound);
    });
}

#[test]
fn no_address_leads_out_of_the_folder() {
    run_in_both_profiles(async |app| {
        let here = std::env::current_dir().unwrap();
        let encoded = |path: String| format!("/static/{}", RawStr::new(&path).percent_encode());
        let absolute = |file: &str| encoded(here.join(file).display().to_string());
        let database = encoded(app.database.url.trim_start_matches("sqlite:").to_owned());
        let whole = absolute("Cargo.toml");
        let inside = absolute("static/app.css");
        let doubled = whole.replacen("%2F", "%2F%2F", 1);
        let addresses = [
            whole.as_str(),
            &doubled,
            &inside,
            &database,
            "/static/%2fproc%2fself%2fenviron",
            "/static/%2fetc%2fpasswd",
            "/static/%2Fdev%2Fzero",
            "/static/.%2FCargo.toml",
            "/static/.%2Fapp.css",
            "/static/app.css%2F..%2F..%2FCargo.toml",
            "/static/../Cargo.toml",
            "/static/..%2FCargo.toml",
            "/static/%2e%2e/Cargo.toml",
            "/static/%2e%2e%2fCargo.toml",
            "/static/..%5CCargo.toml",
            "/static//etc/passwd",
            "/static/%2Fetc%2Fpasswd",
            "/static/app.css%00",
            "/static/app.css/../../Cargo.toml",
            "/static/....//Cargo.toml",
            "/static/%252e%252e%252fCargo.toml",
            "/static/.",
            "/static/..",
            "/static/.gitignore",
        ];
        for address in addresses {
            let answer = app.get(address).await;
            assert!(matches!(answer.status.code, 400 | 404), "{address}: {}", answer.status);
            for part in ["[package]", "root:", "SQLite format", "PATH=", "--serif"] {
                assert!(!answer.body.contains(part), "{address}: {}", answer.body);
            }
        }
    });
}

#[test]
fn a_static_file_can_not_be_written() {
    run(async |app| {
        for method in [Method::Post, Method::Put, Method::Delete, Method::Patch] {
            let answer = app.send(method, "/static/app.css", b"x", &[]).await;
            assert_eq!(
                (answer.status, answer.header("allow")),
                (Status::MethodNotAllowed, Some("GET, HEAD")),
                "{method}"
            );
        }
    });
}

/// Two servers, as the folder is read from where they run.
#[test]
fn only_plain_files_of_the_folder_are_served() {
    for profile in ["production", "development"] {
        let folder = TempDir::new().unwrap();
        let at = |name: &str| folder.path().join("static").join(name);
        fs::create_dir_all(at("inner")).unwrap();
        fs::write(at("mine.txt"), "mine").unwrap();
        fs::write(at(".hidden.txt"), "hidden").unwrap();
        fs::write(at("inner/deep.txt"), "deep").unwrap();
        std::os::unix::fs::symlink("mine.txt", at("linked.txt")).unwrap();
        fs::File::create(at("huge.txt")).unwrap().set_len((16 << 20) + 1).unwrap();
        // Whoever opens it to read waits for a writer without end.
        assert!(Command::new("mkfifo").arg(at("pipe.txt")).status().unwrap().success());
        let port = free_port();
        let mut serve = bare_command();
        serve.current_dir(folder.path()).arg("serve").envs([
            ("ROCKET_PROFILE", profile),
            ("SECRET_KEY", SECRET),
            ("DATABASE_URL", "sqlite:urna.db"),
            ("URNA_SQLITE_IN_PRODUCTION", "true"),
            ("ROCKET_ADDRESS", "127.0.0.1"),
            ("PORT", &port.to_string()),
        ]);
        let server = Server::spawn(&mut serve, port);
        for (name, body) in [("mine.txt", "mine"), ("linked.txt", "mine")] {
            let reply = server.voter().get(&format!("/static/{name}")).unwrap();
            assert_eq!((reply.status, reply.body.as_str()), (200, body), "{profile}: {name}");
        }
        for name in [".hidden.txt", "inner", "inner%2Fdeep.txt", "huge.txt", "pipe.txt", ".."] {
            let reply = server.voter().get(&format!("/static/{name}")).unwrap();
            assert_eq!(reply.status, 404, "{profile}: {name}: {}", reply.body);
        }
    }
}

#[test]
fn the_old_address_of_the_icon_works() {
    run(async |app| {
        let answer = app.get("/favicon.ico").await;
        assert_eq!((answer.status, answer.header("content-type")), (Status::Ok, Some("image/svg+xml")));
        assert_eq!(answer.body, fs::read_to_string("static/favicon.svg").unwrap());
    });
}

#[test]
fn scripts_are_short() {
    let [mut voters, mut organisers, mut live, mut screen] = [0, 0, 0, 0];
    for path in fs::read_dir("static").unwrap().map(|entry| entry.unwrap().path()) {
        let lines = || fs::read_to_string(&path).unwrap().lines().count();
        match path.file_name().unwrap().to_str().unwrap() {
            "organiser.js" => organisers += lines(),
            "live.js" => live += lines(),
            "screen.js" => screen += lines(),
            name if name.ends_with(".js") => voters += lines(),
            _ => {}
        }
    }
    assert!((100..400).contains(&voters) && (10..120).contains(&organisers), "{voters} and {organisers} lines");
    assert!((10..80).contains(&live) && (10..40).contains(&screen), "{live} and {screen} lines");
}

/// How many bytes a text has on its way to a browser, as a proxy compresses it.
fn compressed(text: &str) -> usize {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap().len()
}

#[test]
fn a_first_page_with_its_styles_and_scripts_is_small() {
    run(async |app| {
        for (slug, method, most) in [
            ("pick", CountMethod::Plurality, 14_000),
            ("approve", CountMethod::Approval, 14_000),
            ("score", CountMethod::Star, 14_000),
            // Most of it is the script by which the list sorts itself.
            ("rank", CountMethod::Schulze, 18_000),
        ] {
            app.create(&new_poll(slug, &["gummi", "pita", "cleo"]).with(|s| s.method = method)).await;
            let page = app.get(&format!("/polls/{slug}")).await.body;
            let mut files: Vec<&str> = page.split('"').filter(|text| text.starts_with("/static/")).collect();
            files.sort_unstable();
            files.dedup();
            let mut bytes = compressed(&page);
            for file in &files {
                bytes += compressed(&app.get(file).await.body);
            }
            assert!(files.len() >= 3 && bytes < most, "{slug}: {bytes} bytes of {files:?}");
        }
    });
}
