//! The organiser's pages with 10,000 polls and 10,000,000 ballots: the server's time for each.

use std::{io::Write as _, process::Stdio, time::Instant};

use rocket::tokio::runtime::Runtime;

use crate::{
    database::TestDatabase,
    median,
    process::{Process, cookies, load_ballots, urna},
};

const PASSWORD: &str = "one long password of a bench";

/// Milliseconds for each page, the median of twenty one after the other on a connection of its own each.
pub fn pages(engine: &str, database: &TestDatabase) {
    let server = Process::server(database);
    let mut created = urna(database, &["organiser", "new", "bench", "--name", "Bench"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .expect("urna runs");
    created.stdin.take().expect("a pipe").write_all(format!("{PASSWORD}\n").as_bytes()).expect("it reads");
    assert!(created.wait().expect("it ends").success());
    load_ballots(database, 10_000_000);
    fill(database);
    let form = format!("uid=bench&password={}", PASSWORD.replace(' ', "+"));
    let cookie = cookies(&server.send("POST", "/session", "", &form));
    assert!(!cookie.is_empty(), "no session");
    println!("\n## {engine}: milliseconds a page of an organiser, with 10,000 polls and 10,000,000 ballots");
    let rules = "title=One+more&choices=A%0AB&credential=open&results=always&turnout=always&zone=UTC&listed=yes";
    for (method, path, form) in [
        ("GET", "/organiser", ""),
        ("GET", "/organiser?page=400", ""),
        ("GET", "/organiser/edit", ""),
        ("GET", "/organiser/deletion", ""),
        ("GET", "/polls", ""),
        ("GET", "/polls?q=poll+99", ""),
        ("GET", "/polls/new", ""),
        ("POST", "/polls", rules),
        ("GET", "/polls/which-cat/manage", ""),
        ("GET", "/polls/which-cat/edit", ""),
        ("GET", "/polls/which-cat/deletion", ""),
        ("POST", "/polls/which-cat/closure", "when=now"),
        ("POST", "/polls/which-cat/closure", "_method=delete"),
        ("POST", "/polls/which-cat/copies", ""),
        ("GET", "/polls/poll-77/invitations", ""),
        ("POST", "/polls/poll-77/invitations", "number=100"),
        ("POST", "/polls/poll-77/invitations", "number=5000"),
    ] {
        let times = (0..20).map(|_| {
            let started = Instant::now();
            let answer = server.send(method, path, &cookie, form);
            let status = answer.split(' ').nth(1).unwrap_or_default();
            assert!(["200", "303"].contains(&status), "{method} {path}: {status}");
            started.elapsed().as_secs_f64() * 1000.0
        });
        println!("{:8.1}  {method:5} {path} {}", median(times.collect()), &form[..form.len().min(20)]);
    }
}

/// The organiser's polls beside the one with all the ballots.
fn fill(database: &TestDatabase) {
    let numbers = if database.is_sqlite() {
        "(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000) SELECT i FROM n)"
    } else {
        "generate_series(1, 10000) AS n(i)"
    };
    let sql = format!(
        "INSERT INTO polls (slug, title, description, method, seats, credential, results, featured, opens_at, closes_at,
                created_at, organiser_id, revision, folded)
            SELECT 'poll-' || i, 'Poll ' || i, '', 'plurality', 1, 'invitation', 'always', false, '2026-01-01 00:00:00',
                CASE i % 2 WHEN 0 THEN '2026-02-01 00:00:00' END, '2026-01-01 00:00:00', 1, 0, 'poll ' || i FROM {numbers};
         INSERT INTO choices (poll_id, key, position, label, description)
            SELECT id, 'a', 0, 'A', '' FROM polls WHERE slug LIKE 'poll-%';
         INSERT INTO choices (poll_id, key, position, label, description)
            SELECT id, 'b', 1, 'B', '' FROM polls WHERE slug LIKE 'poll-%';
         UPDATE polls SET organiser_id = 1;"
    );
    // A CASE of text is no timestamp to PostgreSQL.
    let sql = if database.is_sqlite() {
        sql
    } else {
        sql.replace("'2026-02-01 00:00:00' END", "TIMESTAMP '2026-02-01 00:00:00' END")
    };
    let runtime = Runtime::new().expect("a runtime");
    runtime.block_on(database.execute(&sql));
    runtime.block_on(database.execute("ANALYZE"));
}
