//! `GET /static/<name>`.

use std::fs;

use rocket::http::{Method, Status};

use crate::helpers::{app::App, database::TestDatabase};

/// No file is in a database: one engine tells all.
fn run(body: impl AsyncFnOnce(App)) {
    TestDatabase::sqlite().run(async |database| body(App::start(database).await).await);
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
    run(async |app| {
        let addresses = [
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
            assert!(!answer.body.contains("[package]") && !answer.body.contains("root:"), "{address}: {}", answer.body);
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

#[test]
fn the_old_address_of_the_icon_works() {
    run(async |app| {
        let answer = app.get("/favicon.ico").await;
        assert_eq!((answer.status, answer.header("content-type")), (Status::Ok, Some("image/svg+xml")));
        assert_eq!(answer.body, fs::read_to_string("static/favicon.svg").unwrap());
    });
}
