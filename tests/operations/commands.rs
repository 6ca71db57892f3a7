//! `urna check`, `urna database reset`, `urna healthcheck` and `--help`, by the built binary.

use crate::{
    helpers::{
        database::TestDatabase,
        on_both,
        postgres::free_port,
        server::{Server, bare_command, command, output},
    },
    operations::poll_command::{DONUT, done, migrated, refused, urna},
};

on_both!(
    check_finds_what_was_tampered_with,
    production_is_never_reset,
    development_is_reset_on_demand,
    healthcheck_asks_the_running_server,
    an_address_of_ipv6_is_printed_with_brackets,
);

#[test]
fn each_command_says_what_it_does_and_reads() {
    let cases: [(&[&str], &[&str]); 13] = [
        (
            &[],
            &[
                "A self-hosted ballot box",
                "serve",
                "migrate",
                "poll",
                "database",
                "check",
                "healthcheck",
                "config",
                "DATABASE_URL",
                "SECRET_KEY",
                "PORT",
                "ROCKET_PROFILE",
            ],
        ),
        (&["serve"], &["Serve the polls", "PORT", "DATABASE_URL", "SECRET_KEY", "ROCKET_PROFILE"]),
        (&["migrate"], &["schema up to date", "--status", "--down", "DATABASE_URL"]),
        (&["poll"], &["new", "list", "show", "feature", "close", "reopen", "delete", "DATABASE_URL"]),
        (
            &["poll", "new"],
            &[
                "no poll is on the home page",
                "--title",
                "--choice",
                "--key",
                "--about",
                "--picture",
                "--opens",
                "--closes",
                "DATABASE_URL",
            ],
        ),
        (&["poll", "close"], &["Take no more votes", "--at", "DATABASE_URL"]),
        (&["poll", "delete"], &["Delete a poll with its votes", "--yes", "DATABASE_URL"]),
        (&["setup-link"], &["creates the first organiser", "DATABASE_URL", "SECRET_KEY"]),
        (&["database"], &["reset", "DATABASE_URL"]),
        (&["database", "reset"], &["in development only", "--yes", "DATABASE_URL"]),
        (&["check"], &["Recount all votes", "DATABASE_URL"]),
        (&["healthcheck"], &["Ask the running server", "PORT"]),
        (&["config"], &["configuration in force", "secrets blanked"]),
    ];
    for (command, parts) in cases {
        // Without any configuration: help is for those who do not have one yet.
        let (status, stdout, error) =
            output(bare_command().env("ROCKET_PROFILE", "production").args(command).arg("--help"));
        assert_eq!((status, error.as_str()), (0, ""), "{command:?}");
        for part in parts {
            assert!(stdout.contains(part), "{command:?} --help has no {part}: {stdout}");
        }
    }
    let (status, stdout, _) = output(bare_command().arg("--version"));
    let wanted = format!("urna {}, time zone rules {}\n", env!("CARGO_PKG_VERSION"), urna::moments::edition());
    assert_eq!((status, stdout), (0, wanted));
}

async fn check_finds_what_was_tampered_with(database: TestDatabase) {
    migrated(&database);
    done(&database, &DONUT);
    let mut server = Server::start(&database);
    for vote in ["gummi", "gummi", "pita"] {
        assert_eq!(server.voter().add(&format!("vote={vote}")).unwrap().status, 303);
    }
    server.kill();
    assert_eq!(done(&database, &["check"]), "1 polls, 3 ballots recounted, 0 differences\n");
    let poll = "(SELECT id FROM polls)";
    let tampered = [
        (
            "UPDATE profile SET count = count + 1 WHERE marks = 'pita'",
            "UPDATE profile SET count = count - 1 WHERE marks = 'pita'",
            "“pita” is on 1 ballots, the profile says 2",
        ),
        (
            &format!("INSERT INTO profile (poll_id, marks, shard, count) VALUES ({poll}, 'ghost', 0, 5)"),
            "DELETE FROM profile WHERE marks = 'ghost'",
            "“ghost” is on no ballot, the profile says 5",
        ),
        (
            "UPDATE turnout SET ballots = ballots + 7",
            "UPDATE turnout SET ballots = ballots - 7",
            "there are 3 ballots, the turnout says 10",
        ),
        (
            "UPDATE ballots SET marks = 'gummi' WHERE marks = 'pita'",
            "UPDATE ballots SET marks = 'pita' WHERE row_id = 3",
            "“pita” is on no ballot, the profile says 1",
        ),
        (
            &format!("INSERT INTO ballots (poll_id, cast_at, marks) VALUES ({poll}, '2026-01-01 00:00:00', 'nobody')"),
            "DELETE FROM ballots WHERE marks = 'nobody'",
            "“nobody” on 1 ballots is none of the choices",
        ),
    ];
    for (tamper, repair, difference) in tampered {
        database.execute(tamper).await;
        let (status, stdout, error) = urna(&database, &["check"]);
        assert_eq!(status, 1, "{tamper}: {stdout}");
        assert!(error.lines().any(|line| line == format!("donut: {difference}")), "{tamper}: {error}");
        database.execute(repair).await;
        assert_eq!(done(&database, &["check"]), "1 polls, 3 ballots recounted, 0 differences\n", "{repair}");
    }
}

async fn production_is_never_reset(database: TestDatabase) {
    migrated(&database);
    done(&database, &DONUT);
    for args in [vec!["database", "reset"], vec!["database", "reset", "--yes"]] {
        refused(&database, &args, "a database in production is never reset");
    }
    assert_eq!(database.number("SELECT count(*) FROM polls").await, 1);
}

async fn development_is_reset_on_demand(database: TestDatabase) {
    migrated(&database);
    done(&database, &DONUT);
    let (status, stdout, error) =
        output(command(&database).env("ROCKET_PROFILE", "development").args(["database", "reset", "--yes"]));
    assert_eq!((status, error.as_str()), (0, ""));
    assert!(stdout.ends_with("is empty\n"), "{stdout}");
    assert_eq!(done(&database, &["poll", "list"]), "");
    assert!(done(&database, &DONUT).contains("on the home page"));
}

async fn healthcheck_asks_the_running_server(database: TestDatabase) {
    migrated(&database);
    let mut server = Server::start(&database);
    let ask = |port: u16| output(command(&database).arg("healthcheck").env("PORT", port.to_string()));
    assert_eq!(ask(server.port), (0, "ready\n".into(), String::new()));
    let nobody = ask(free_port());
    assert_eq!((nobody.0, nobody.2.lines().count()), (1, 1), "{}", nobody.2);
    assert!(nobody.2.starts_with("urna: not ready: 127.0.0.1:"), "{}", nobody.2);
    // The schema is gone: the process lives, and is not ready.
    done(&database, &["migrate", "--down", "99"]);
    let unready = ask(server.port);
    assert_eq!((unready.0, unready.2.lines().count()), (1, 1), "{}", unready.2);
    assert_eq!(server.voter().get("/healthz").unwrap().status, 200);
    assert_eq!(server.voter().get("/readyz").unwrap().status, 503);
    server.kill();
}

async fn an_address_of_ipv6_is_printed_with_brackets(database: TestDatabase) {
    migrated(&database);
    let ask = |address: &str, port: u16| {
        output(command(&database).arg("healthcheck").env("ROCKET_ADDRESS", address).env("PORT", port.to_string()))
    };
    for address in ["::", "::1"] {
        let port = free_port();
        let (status, _, error) = ask(address, port);
        assert_eq!(status, 1);
        assert!(error.starts_with(&format!("urna: not ready: [::1]:{port} does not answer")), "{error}");
    }
    // On all addresses, those of IPv4 among them.
    let port = free_port();
    let server =
        Server::spawn(command(&database).arg("serve").env("ROCKET_ADDRESS", "::").env("PORT", port.to_string()), port);
    assert!(server.log().contains(&format!("\nserving http://[::]:{port}\n")), "{}", server.log());
    assert_eq!(ask("::", port), (0, "ready\n".into(), String::new()));
    let development = command(&database)
        .arg("config")
        .env("ROCKET_PROFILE", "development")
        .env("ROCKET_ADDRESS", "::1")
        .output()
        .unwrap();
    assert!(String::from_utf8_lossy(&development.stdout).contains("address = ::1\n"));
}
