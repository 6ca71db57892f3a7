//! Configuration: each mistake ends the start with one line and 78; which setting wins; the binary without other files.

use std::{
    fs,
    net::TcpListener,
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use tempfile::TempDir;

use crate::helpers::{
    app::SECRET,
    postgres::free_port,
    server::{bare_command, output},
};

/// `urna` in production with all that it needs, in a folder that is empty.
fn production(folder: &Path) -> Command {
    let mut command = bare_command();
    command
        .current_dir(folder)
        .env("ROCKET_PROFILE", "production")
        .env("DATABASE_URL", format!("sqlite:{}", folder.join("ballots/urna.db").display()))
        .env("URNA_SQLITE_IN_PRODUCTION", "true")
        .env("SECRET_KEY", SECRET)
        .env("PORT", free_port().to_string())
        .env("ROCKET_ADDRESS", "127.0.0.1");
    command
}

/// That the start ends with 78 and one line that has `parts` in it, and leaves no file.
fn assert_refused(command: &mut Command, folder: &Path, parts: &[&str]) -> String {
    let before = fs::read_dir(folder).unwrap().count();
    let (status, stdout, error) = output(command);
    assert_eq!((status, stdout.as_str()), (78, ""), "{parts:?}: {error}");
    assert_eq!(error.lines().count(), 1, "{error}");
    assert!(error.starts_with("urna: "), "{error}");
    for part in parts {
        assert!(error.contains(part), "no {part} in {error}");
    }
    assert!(!error.contains(SECRET), "{error}");
    assert_eq!(fs::read_dir(folder).unwrap().count(), before, "{parts:?}: a file was created");
    error
}

/// A setting as `urna config` prints it.
fn setting(command: &mut Command, key: &str) -> String {
    let (status, stdout, error) = output(command.arg("config"));
    assert_eq!((status, error.as_str()), (0, ""), "{stdout}");
    let line = stdout.lines().find_map(|line| line.strip_prefix(&format!("{key} = ")));
    line.unwrap_or_else(|| panic!("no {key} in {stdout}")).to_owned()
}

fn folder() -> TempDir {
    TempDir::new().unwrap()
}

#[test]
fn production_without_a_database_is_refused() {
    let folder = folder();
    for serve in [&["serve"][..], &[]] {
        assert_refused(
            production(folder.path()).args(serve).env_remove("DATABASE_URL"),
            folder.path(),
            &["DATABASE_URL", "postgres://"],
        );
    }
    assert_refused(production(folder.path()).arg("serve").env("DATABASE_URL", ""), folder.path(), &["DATABASE_URL"]);
}

#[test]
fn production_without_a_good_secret_is_refused() {
    let folder = folder();
    let advice = "openssl rand -base64 32";
    assert_refused(
        production(folder.path()).env_remove("SECRET_KEY"),
        folder.path(),
        &["no secret", advice, "SECRET_KEY"],
    );
    assert_refused(production(folder.path()).env("SECRET_KEY", ""), folder.path(), &["no secret", advice]);
    for secret in [
        "hunter2hunter2",
        "12345",
        "not base64, but long enough to be taken for one!!",
        &"=".repeat(44),
        &SECRET[..40],
        "true",
    ] {
        let error =
            assert_refused(production(folder.path()).env("SECRET_KEY", secret), folder.path(), &["malformed", advice]);
        assert!(!error.contains(secret), "{error}");
    }
}

#[test]
fn a_secret_of_digits_is_a_secret() {
    let folder = folder();
    for variable in ["SECRET_KEY", "ROCKET_SECRET_KEY"] {
        let secret = "0123456789".repeat(7);
        assert_eq!(
            setting(production(folder.path()).env(variable, &secret[..64]), "secret_key"),
            "(set)",
            "{variable}"
        );
    }
}

#[test]
fn an_unreachable_server_is_named_after_a_short_wait() {
    let folder = folder();
    let address = format!("postgres://ada:pr1vate@127.0.0.1:{}/urna", free_port());
    for args in [&["serve"][..], &["migrate"]] {
        let started = Instant::now();
        let error = assert_refused(
            production(folder.path()).args(args).env("DATABASE_URL", &address),
            folder.path(),
            &["can’t be reached", "postgres://ada@127.0.0.1", "check DATABASE_URL"],
        );
        assert!(!error.contains("pr1vate"), "{error}");
        assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
    }
}

#[test]
fn what_everybody_sees_of_the_operator_is_checked() {
    let folder = folder();
    for variable in ["URNA_PRIVACY_URL", "URNA_HELP_URL"] {
        for link in ["javascript:alert(1)", "vote.example/help", "ftp://vote.example"] {
            let parts = [variable, "is no link", "https://, http:// or mailto:"];
            assert_refused(production(folder.path()).env(variable, link), folder.path(), &parts);
        }
    }
    let long = "x".repeat(101);
    assert_refused(production(folder.path()).env("URNA_OPERATOR", long), folder.path(), &["URNA_OPERATOR", "100"]);
    for (variable, key, value) in [
        ("URNA_OPERATOR", "urna.operator", "1860"),
        ("URNA_OPERATOR", "urna.operator", "[Arles]"),
        ("URNA_PRIVACY_URL", "urna.privacy_url", "https://vote.example/privacy"),
        ("URNA_HELP_URL", "urna.help_url", "mailto:help@vote.example"),
        ("URNA_OTHER_POLLS", "urna.other_polls", "true"),
    ] {
        assert_eq!(setting(production(folder.path()).env(variable, value), key), value);
    }
}

#[test]
fn a_port_in_use_is_named() {
    let folder = folder();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let (status, stdout, error) = output(production(folder.path()).arg("serve").env("PORT", &port));
    assert_eq!(status, 78, "{error}");
    assert!(error.contains("the port is in use") && error.contains("PORT"), "{error}");
    assert_eq!(error.lines().count(), 1, "nothing was served: {error}");
    // A warning about what the operator can't change is noise beside the error.
    assert!(!stdout.contains("Warning"), "{stdout}");
}

#[test]
fn a_folder_that_can_not_be_created_is_named() {
    let folder = folder();
    fs::write(folder.path().join("file"), "").unwrap();
    let inside = |path: &str| format!("sqlite:{}", folder.path().join(path).display());
    for address in [inside("file/urna.db"), inside("file/deeper/urna.db"), "sqlite:/proc/urna/urna.db".into()] {
        let parts = ["the data folder", "make it writable or name another in DATABASE_URL"];
        assert_refused(production(folder.path()).env("DATABASE_URL", address), folder.path(), &parts);
    }
    // A folder where the file should be.
    assert_refused(production(folder.path()).env("DATABASE_URL", inside("")), folder.path(), &["can’t be reached"]);
}

#[test]
fn a_file_that_is_no_database_is_named() {
    let folder = folder();
    fs::create_dir(folder.path().join("ballots")).unwrap();
    let file = folder.path().join("ballots/urna.db");
    fs::write(&file, "This is a letter to a friend. ".repeat(100)).unwrap();
    assert_refused(&mut production(folder.path()), folder.path(), &["not a database"]);
    assert!(fs::read_to_string(file).unwrap().starts_with("This is a letter"));
}

#[test]
fn an_unknown_profile_is_named() {
    let folder = folder();
    for profile in ["staging", "debug", "release", "Production", "production "] {
        let parts = [profile, "development and production"];
        assert_refused(production(folder.path()).env("ROCKET_PROFILE", profile), folder.path(), &parts);
    }
}

#[test]
fn an_address_of_neither_engine_is_refused_and_makes_no_file() {
    let folder = folder();
    let cases = [
        ("mysql://root:pr1vate@127.0.0.1/urna", "mysql:"),
        ("sqlit:urna.db", "sqlit:"),
        ("file:urna.db", "file:"),
        ("http://127.0.0.1/urna", "http:"),
        ("urna.db", "no scheme"),
        ("/var/lib/pr1vate/urna.db", "no scheme"),
        ("sqlite:", "names no file"),
        ("sqlite://", "names no file"),
        ("sqlite::memory:", "no vote on disk"),
        ("postgres://", "malformed"),
        ("postgres:", "malformed"),
        ("postgres://ada:pr1vate@127.0.0.1:port/urna", "malformed"),
        ("postgres://ada:pr1vate@127.0.0.1/urna?sslmode=maybe", "malformed"),
        ("postgres://ada:pr1vate@127.0.0.1/urna?pr1vate=1", "malformed"),
        ("5432", "no scheme"),
    ];
    for (address, part) in cases {
        for profile in ["production", "development"] {
            let command = &mut production(folder.path());
            let error = assert_refused(
                command.env("ROCKET_PROFILE", profile).env("DATABASE_URL", address),
                folder.path(),
                &[part, "DATABASE_URL"],
            );
            assert!(!error.contains("ada:pr1vate") && !error.contains("root:pr1vate"), "{error}");
        }
    }
}

#[test]
fn a_sqlite_database_in_memory_is_refused_however_it_is_written() {
    let folder = folder();
    for address in [
        "sqlite::memory:",
        "sqlite:file::memory:",
        "sqlite:file::memory:?cache=shared",
        "sqlite:file:urna.db?mode=memory",
    ] {
        assert_refused(
            production(folder.path()).env("DATABASE_URL", address),
            folder.path(),
            &["database address", "DATABASE_URL"],
        );
    }
}

#[test]
fn a_sqlite_file_in_production_needs_a_word() {
    let folder = folder();
    for value in [None, Some("false")] {
        let command = &mut production(folder.path());
        command.env_remove("URNA_SQLITE_IN_PRODUCTION").envs(value.map(|value| ("URNA_SQLITE_IN_PRODUCTION", value)));
        assert_refused(command, folder.path(), &["SQLite", "URNA_SQLITE_IN_PRODUCTION=true"]);
    }
    assert_eq!(setting(&mut production(folder.path()), "urna.sqlite_in_production"), "true");
}

#[test]
fn a_malformed_setting_is_named_without_its_value() {
    let folder = folder();
    let cases = [
        ("URNA_QUEUE", "0", "queue"),
        ("URNA_QUEUE", "pr1vate", "queue"),
        ("URNA_QUEUE", "-1", "queue"),
        ("URNA_CLIENTS", "1.5", "clients"),
        ("URNA_IDLE_SECONDS", "0", "idle_seconds"),
        ("URNA_BODY_SECONDS", "99999999999999999999", "body_seconds"),
        ("URNA_SQLITE_IN_PRODUCTION", "pr1vate", "sqlite_in_production"),
        ("PORT", "pr1vate", "port"),
        ("PORT", "99999", "port"),
        ("ROCKET_PORT", "pr1vate", "port"),
        ("ROCKET_ADDRESS", "pr1vate", "address"),
        ("ROCKET_WORKERS", "pr1vate", "workers"),
        ("ROCKET_LOG_LEVEL", "pr1vate", "log_level"),
        ("URNA_URL", "https://ada:pr1vate@vote.example", "such as https://vote.example"),
        ("URNA_URL", "8000", "url"),
    ];
    for (variable, value, part) in cases {
        let error = assert_refused(production(folder.path()).env(variable, value), folder.path(), &[part]);
        assert!(!error.contains("pr1vate"), "{error}");
    }
}

#[test]
fn a_path_in_the_public_address_is_refused() {
    let folder = folder();
    let path = "https://vote.example/polls";
    let parts = ["URNA_URL has the path “/polls”", "can’t be served below a path", "a host name of its own"];
    assert_refused(production(folder.path()).env("URNA_URL", path), folder.path(), &parts);
    fs::write(folder.path().join("Rocket.toml"), format!("[default.urna]\nurl = \"{path}\"\n")).unwrap();
    assert_refused(&mut production(folder.path()), folder.path(), &parts);
    let right = setting(production(folder.path()).env("URNA_URL", "https://vote.example"), "urna.url");
    assert_eq!(right, "https://vote.example");
}

#[test]
fn a_malformed_file_is_named() {
    let folder = folder();
    let file = folder.path().join("Rocket.toml");
    for text in [
        "[production\nport = 1",
        "[production.urna]\nqueue = \"pr1vate\"",
        "[production.urna]\nqeue = 1",
        "[production]\nworkers = \"pr1vate\"",
    ] {
        fs::write(&file, text).unwrap();
        assert_refused(&mut production(folder.path()), folder.path(), &["Rocket.toml"]);
    }
    // No line of it is shown: it may be the secret's.
    for text in ["secret_key = \"pr1vate\"", "[default]\nsecret_key = \"pr1vate", "[default]\nsecret_key = pr1vate"] {
        fs::write(&file, text).unwrap();
        let error = assert_refused(&mut production(folder.path()), folder.path(), &["Rocket.toml", "line"]);
        assert!(!error.contains("pr1vate"), "{error}");
    }
    fs::remove_file(file).unwrap();
    fs::write(folder.path().join(".env"), "SECRET_KEY='unfinished").unwrap();
    assert_refused(production(folder.path()).env("ROCKET_PROFILE", "development"), folder.path(), &[".env"]);
    assert_eq!(setting(&mut production(folder.path()), "profile"), "production", "production does not read .env");
}

#[test]
fn a_setting_that_nobody_reads_is_refused() {
    let folder = folder();
    let cases = [
        ("URNA_QEUE", "5", "there is no setting URNA_QEUE; there are URNA_URL, URNA_QUEUE"),
        ("urna_queues", "5", "URNA_QUEUES"),
        ("URNA_", "5", "URNA_"),
        ("ROCKET_TLS", "{certs=\"a\",key=\"b\"}", "put a proxy with TLS in front"),
        ("ROCKET_WORKER", "2", "there is no setting “worker”; there are address"),
        ("ROCKET_URNA", "{qeue=5}", "there is no setting “urna.qeue”"),
        ("ROCKET_DATABASES", "{urna={max_conections=5}}", "there is no setting “databases.urna.max_conections”"),
        ("ROCKET_DATABASES", "{urn={max_connections=5}}", "there is no setting “databases.urn”"),
        ("ROCKET_DATABASES", "5", "“databases” is a table"),
        ("ROCKET_SHUTDOWN", "{grase=5}", "there is no setting “shutdown.grase”"),
        ("ROCKET_CONFIG", "nowhere.toml", "ROCKET_CONFIG names no file: nowhere.toml"),
        ("ROCKET_CONFIG", "/tmp", "ROCKET_CONFIG names no file: /tmp"),
        ("ROCKET_TEMP_DIR", "/nowhere/at/all", "“temp_dir” names no folder"),
        ("ROCKET_IP_HEADER", "true", "“ip_header” is the name of a header"),
        ("ROCKET_IP_HEADER", "X Forwarded For", "“ip_header” is the name of a header"),
    ];
    for (variable, value, sentence) in cases {
        for command in ["config", "serve", "migrate"] {
            let refused = &mut production(folder.path());
            assert_refused(refused.arg(command).env(variable, value), folder.path(), &[sentence]);
        }
    }
    // What a platform sets for a service of this name, and what tests use, is none of ours to judge.
    for (variable, value) in [
        ("URNA_SERVICE_HOST", "10.0.0.1"),
        ("URNA_SERVICE_PORT_HTTP", "80"),
        ("URNA_PORT", "tcp://10.0.0.1:80"),
        ("URNA_PORT_80_TCP_ADDR", "10.0.0.1"),
        ("URNA_NO_SKIP", "1"),
        ("ROCKET_CONFIG", ""),
        ("ROCKET_IP_HEADER", "false"),
        ("ROCKET_IP_HEADER", "X-Forwarded-For"),
    ] {
        assert_eq!(setting(production(folder.path()).env(variable, value), "urna.queue"), "4096", "{variable}");
    }
}

#[test]
fn a_file_with_what_nobody_reads_is_refused() {
    let folder = folder();
    let file = folder.path().join("Rocket.toml");
    for (text, sentence) in [
        ("[prodcution]\nport = 1", "has a table [prodcution]; the tables are [default]"),
        ("[release]\nport = 1", "has a table [release]"),
        ("port = 1", "each setting stands in a table such as [default]"),
        ("[production]\nprot = 1", "there is no setting “prot”"),
        // In the other profile too, or it would wait there for the day it is needed.
        ("[development]\nprot = 1", "there is no setting “prot”"),
        ("[default.urna]\nqueue = 5\nclient = 5", "there is no setting “urna.client”"),
        ("[default.databases.urna]\nmin_connections = 5", "there is no setting “databases.urna.min_connections”"),
        ("[default.databases.other]\nurl = \"x\"", "there is no setting “databases.other”"),
        ("[default.tls]\ncerts = \"x\"", "put a proxy with TLS in front"),
        ("[default]\nurna = 5", "“urna” is a table"),
    ] {
        fs::write(&file, text).unwrap();
        assert_refused(&mut production(folder.path()), folder.path(), &["Rocket.toml", sentence]);
        let development = &mut production(folder.path());
        assert_refused(development.env("ROCKET_PROFILE", "development"), folder.path(), &["Rocket.toml", sentence]);
    }
    // Everything that can be set can be set there.
    fs::write(&file, include_str!("../../Rocket.toml")).unwrap();
    assert_eq!(setting(&mut production(folder.path()), "urna.queue"), "4096");
}

/// Numbers for which there are no threads, no memory or no sense.
#[test]
fn no_number_is_answered_with_a_panic() {
    let folder = folder();
    let pool = |value: &str| format!("{{urna={{max_connections={value}}}}}");
    let wait = |value: &str| format!("{{urna={{connect_timeout={value}}}}}");
    let huge = ["0", "-1", "1000000000", "18446744073709551615"];
    for value in huge {
        for (variable, value) in [
            ("ROCKET_WORKERS", value.to_owned()),
            ("ROCKET_MAX_BLOCKING", value.to_owned()),
            ("ROCKET_DATABASES", pool(value)),
            ("ROCKET_DATABASES", wait(value)),
            ("URNA_QUEUE", value.to_owned()),
            ("URNA_CLIENTS", value.to_owned()),
            ("URNA_IDLE_SECONDS", value.to_owned()),
            ("URNA_BODY_SECONDS", value.to_owned()),
            ("URNA_PROXIES", value.to_owned()),
            ("URNA_VOTES_PER_SECOND", value.to_owned()),
        ] {
            let error = assert_refused(production(folder.path()).env(variable, &value), folder.path(), &[]);
            assert!(!error.contains("panicked"), "{variable}={value}: {error}");
        }
    }
}
