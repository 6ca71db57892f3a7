//! The secret of a database: another one is refused at the start, and only `urna secret replace` accepts it.

use std::fs;

use crate::helpers::{
    app::SECRET,
    database::TestDatabase,
    on_both,
    postgres::free_port,
    server::{Server, bare_command, command, create_poll, output},
};

on_both!(
    another_secret_is_refused_and_replaced_on_purpose,
    a_database_without_a_fingerprint_takes_the_first,
    processes_that_start_at_once_agree,
);

const OTHER: &str = "b3RoZXItb3RoZXItb3RoZXItb3RoZXItb3RoZXItISE=";

fn serve(database: &TestDatabase, profile: &str, secret: &str) -> (i32, String, String) {
    let mut urna = command(database);
    // A port that is in use ends a start that gets so far.
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    output(urna.arg("serve").envs([("ROCKET_PROFILE", profile), ("SECRET_KEY", secret), ("PORT", &port)]))
}

async fn another_secret_is_refused_and_replaced_on_purpose(database: TestDatabase) {
    create_poll(&database, "donut", &["gummi", "pita"]).await;
    drop(Server::start(&database));
    for profile in ["production", "development"] {
        let (status, stdout, error) = serve(&database, profile, OTHER);
        assert_eq!((status, stdout.as_str(), error.lines().count()), (78, "", 1), "{profile}: {error}");
        for part in ["was used with another SECRET_KEY", "put the old one back", "`urna secret replace`"] {
            assert!(error.contains(part), "{profile}: no {part} in {error}");
        }
        assert!(!error.contains(OTHER) && !error.contains(SECRET), "{error}");
        assert!(serve(&database, profile, SECRET).2.contains("the port is in use"), "{profile}: the old one serves");
    }
    // Not by accident: it is asked first, and nobody is there to say yes.
    let (status, _, error) = output(command(&database).env("SECRET_KEY", OTHER).args(["secret", "replace"]));
    assert_eq!(status, 1);
    assert!(error.contains("Invitations that are out stop working") && error.contains("--yes"), "{error}");
    assert!(serve(&database, "production", SECRET).2.contains("the port is in use"));
    let (status, stdout, _) = output(command(&database).env("SECRET_KEY", OTHER).args(["secret", "replace", "--yes"]));
    assert_eq!(status, 0, "{stdout}");
    assert!(serve(&database, "production", OTHER).2.contains("the port is in use"));
    assert_eq!(serve(&database, "production", SECRET).0, 78);
    assert!(serve(&database, "production", SECRET).2.contains("was used with another SECRET_KEY"));
    // The fingerprint is no secret's: neither the key nor a part of it stands there.
    let kept = database.text("SELECT secret_fingerprint FROM site").await;
    assert!(kept.len() == 43 && !OTHER.contains(&kept[..8]), "{kept}");
}

async fn a_database_without_a_fingerprint_takes_the_first(database: TestDatabase) {
    create_poll(&database, "donut", &["gummi", "pita"]).await;
    assert_eq!(database.number("SELECT count(*) FROM site WHERE secret_fingerprint IS NULL").await, 1);
    // What only reads polls and ballots does not ask for it.
    assert_eq!(output(command(&database).env("SECRET_KEY", OTHER).arg("check")).0, 0);
    drop(Server::start(&database));
    assert_eq!(serve(&database, "production", OTHER).0, 78);
    assert_eq!(output(command(&database).env("SECRET_KEY", OTHER).args(["poll", "list"])).0, 0);
    let reset = ["database", "reset", "--yes"];
    let (status, _, error) =
        output(command(&database).env("ROCKET_PROFILE", "development").env("SECRET_KEY", OTHER).args(reset));
    assert_eq!(status, 0, "{error}");
    assert!(serve(&database, "production", OTHER).2.contains("the port is in use"), "a new database, a new secret");
}

async fn processes_that_start_at_once_agree(database: TestDatabase) {
    create_poll(&database, "donut", &["gummi", "pita"]).await;
    let ends: Vec<String> = std::thread::scope(|scope| {
        let starts = [SECRET, OTHER, SECRET, OTHER].map(|secret| {
            let database = &database;
            scope.spawn(move || serve(database, "production", secret).2)
        });
        starts.map(|start| start.join().unwrap()).into()
    });
    let serves: Vec<bool> = ends.iter().map(|error| error.contains("the port is in use")).collect();
    assert!(matches!(serves[..], [a, b, c, d] if a == c && b == d && a != b), "{ends:#?}");
}

#[test]
fn a_lost_file_of_the_secret_is_named() {
    let folder = tempfile::TempDir::new().unwrap();
    let serve = |port: u16| {
        let mut urna = bare_command();
        urna.current_dir(folder.path()).arg("serve");
        urna.envs([("ROCKET_PROFILE", "development"), ("PORT", &port.to_string())]);
        urna
    };
    let port = free_port();
    drop(Server::spawn(&mut serve(port), port));
    fs::remove_file(folder.path().join("data/secret_key")).unwrap();
    let (status, _, error) = output(&mut serve(free_port()));
    assert_eq!((status, error.lines().count()), (78, 1), "{error}");
    assert!(error.contains("data/secret_key") && error.contains("urna secret replace"), "{error}");
}
