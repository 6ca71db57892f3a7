//! The two profiles: which setting wins, what `urna config` prints, and the binary in an empty folder.

use std::{fs, path::Path, process::Command};

use tempfile::TempDir;

use crate::helpers::{
    app::SECRET,
    postgres::free_port,
    server::{Server, bare_command, output},
};

/// `urna` in a folder of its own, with these variables and no others.
fn urna(folder: &Path, environment: &[(&str, &str)]) -> Command {
    let mut command = bare_command();
    command.current_dir(folder).envs(environment.iter().copied());
    command
}

const PRODUCTION: [(&str, &str); 4] = [
    ("ROCKET_PROFILE", "production"),
    ("SECRET_KEY", SECRET),
    ("DATABASE_URL", "sqlite:urna.db"),
    ("URNA_SQLITE_IN_PRODUCTION", "true"),
];

fn configuration(folder: &Path, environment: &[(&str, &str)]) -> String {
    let (status, stdout, error) = output(urna(folder, environment).arg("config"));
    assert_eq!((status, error.as_str()), (0, ""), "{environment:?}: {stdout}");
    stdout
}

fn assert_setting(folder: &Path, environment: &[(&str, &str)], setting: &str) {
    let stdout = configuration(folder, &[&PRODUCTION[..], environment].concat());
    assert!(stdout.lines().any(|line| line == setting), "{environment:?}: no {setting} in\n{stdout}");
}

fn serve(folder: &Path, environment: &[(&str, &str)]) -> Server {
    let port = free_port();
    Server::spawn(
        urna(folder, environment).arg("serve").env("ROCKET_ADDRESS", "127.0.0.1").env("PORT", port.to_string()),
        port,
    )
}

#[test]
fn later_beats_earlier() {
    let folder = TempDir::new().unwrap();
    let at = folder.path();
    assert_setting(at, &[], "port = 8000");
    assert_setting(at, &[], "address = 0.0.0.0");
    assert_setting(at, &[], "urna.queue = 4096");
    fs::write(
        at.join("Rocket.toml"),
        "[default.urna]\nqueue = 5\n[production]\nport = 1111\n[development]\nport = 1112\n",
    )
    .unwrap();
    assert_setting(at, &[], "port = 1111");
    assert_setting(at, &[], "urna.queue = 5");
    assert_setting(at, &[], "urna.clients = 8192");
    assert_setting(at, &[("ROCKET_PROFILE", "development")], "port = 1112");
    fs::write(at.join("other.toml"), "[production]\nport = 1113\n").unwrap();
    assert_setting(at, &[("ROCKET_CONFIG", "other.toml")], "port = 1113");
    assert_setting(at, &[("PORT", "2222")], "port = 2222");
    assert_setting(at, &[("PORT", "2222"), ("ROCKET_PORT", "3333")], "port = 3333");
    assert_setting(at, &[("URNA_QUEUE", "6")], "urna.queue = 6");
    assert_setting(at, &[("ROCKET_URNA", "{queue=7}"), ("URNA_QUEUE", "6")], "urna.queue = 7");
    assert_setting(at, &[("ROCKET_ADDRESS", "127.0.0.1")], "address = 127.0.0.1");
    assert_setting(at, &[("DATABASE_URL", "sqlite:2.db")], "databases.urna.url = sqlite:2.db");
    let rockets = ("ROCKET_DATABASES", "{urna={url=\"sqlite:3.db\"}}");
    assert_setting(at, &[("DATABASE_URL", "sqlite:2.db"), rockets], "databases.urna.url = sqlite:3.db");
    assert_setting(at, &[rockets], "databases.urna.max_connections = 8");
}

#[test]
fn the_build_decides_where_no_profile_is_named() {
    let folder = TempDir::new().unwrap();
    let environment: Vec<(&str, &str)> = PRODUCTION[1..].to_vec();
    let profile = if cfg!(debug_assertions) { "profile = development\n" } else { "profile = production\n" };
    for named in [None, Some(("ROCKET_PROFILE", ""))] {
        let environment: Vec<_> = environment.iter().copied().chain(named).collect();
        assert!(configuration(folder.path(), &environment).starts_with(profile));
    }
}

#[test]
fn the_file_env_is_read_in_development_only() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join(".env"), "PORT=4444\nURNA_QUEUE=44\n").unwrap();
    assert_setting(folder.path(), &[("ROCKET_PROFILE", "development")], "port = 4444");
    assert_setting(folder.path(), &[("ROCKET_PROFILE", "development"), ("PORT", "5555")], "port = 5555");
    assert_setting(folder.path(), &[("ROCKET_PROFILE", "development"), ("PORT", "5555")], "urna.queue = 44");
    assert_setting(folder.path(), &[], "port = 8000");
}

#[test]
fn the_configuration_shows_no_secret() {
    let folder = TempDir::new().unwrap();
    for address in [
        "postgres://ada:pr1vate@127.0.0.1/urna?sslmode=require",
        "postgresql://ada@127.0.0.1/urna?password=pr1vate&sslmode=require",
    ] {
        for profile in ["production", "development"] {
            let stdout = configuration(
                folder.path(),
                &[("ROCKET_PROFILE", profile), ("SECRET_KEY", SECRET), ("DATABASE_URL", address)],
            );
            assert!(!stdout.contains("pr1vate") && !stdout.contains(SECRET), "{stdout}");
            assert!(stdout.contains("ada@127.0.0.1/urna?sslmode=require\n"), "{stdout}");
            assert!(stdout.lines().any(|line| line.starts_with("secret_key = (set")), "{stdout}");
        }
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn alone_in_an_empty_folder_development_makes_all_it_needs() {
    let folder = TempDir::new().unwrap();
    let development = [("ROCKET_PROFILE", "development")];
    let mut server = serve(folder.path(), &development);
    assert!(folder.path().join("data/urna.db").is_file());
    let page = server.voter().get("/").unwrap();
    assert_eq!(page.status, 200);
    for part in [
        "Which cat wears the donut better?",
        r#"name="vote" value="gummi""#,
        r#"name="vote" value="pita""#,
        "Fruit Gummi",
        "Pita",
    ] {
        assert!(page.body.contains(part), "no {part} in {}", page.body);
    }
    for picture in ["/static/gummi", "/static/pita", "/static/app", "/static/vote"] {
        let address =
            page.body.split('"').find(|text| text.starts_with(picture)).unwrap_or_else(|| panic!("no {picture}"));
        let reply = server.voter().get(address).unwrap();
        assert_eq!(reply.status, 200, "{address}");
        assert!(!reply.body.is_empty(), "{address}");
    }
    assert_eq!(server.voter().add("vote=pita&key=one").unwrap().status, 303);
    assert!(server.terminate().0.success());
    // The second start finds what the first has created.
    let server = serve(folder.path(), &development);
    assert_eq!(server.voter().get("/").unwrap().tally(), [0, 1]);
    let (status, stdout, _) = output(urna(folder.path(), &development).args(["poll", "list"]));
    assert_eq!((status, stdout.lines().count()), (0, 1), "{stdout}");
}

#[test]
fn development_keeps_its_secret_and_agrees_on_one() {
    let folder = TempDir::new().unwrap();
    let development = [("ROCKET_PROFILE", "development")];
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| configuration(folder.path(), &development));
        }
    });
    let file = folder.path().join("data/secret_key");
    let secret = fs::read_to_string(&file).unwrap();
    assert_eq!(secret.trim().len(), 64);
    assert_eq!(fs::read_dir(folder.path().join("data")).unwrap().count(), 1, "no draft is left");
    #[cfg(unix)]
    assert_eq!(std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&file).unwrap().permissions()) & 0o777, 0o600);
    let stdout = configuration(folder.path(), &development);
    assert!(
        stdout.contains("secret_key = (set, or kept in data/secret_key)\n") && !stdout.contains(secret.trim()),
        "{stdout}"
    );
    assert_eq!(fs::read_to_string(&file).unwrap(), secret);
    // One that is set leaves the file alone, and so does production.
    assert_setting(folder.path(), &[("ROCKET_PROFILE", "development"), ("SECRET_KEY", SECRET)], "port = 8000");
    assert_eq!(fs::read_to_string(&file).unwrap(), secret);
    // What can't be a secret, or can't be kept, is reported.
    fs::write(&file, "hunter2").unwrap();
    let (status, _, error) = output(urna(folder.path(), &development).arg("config"));
    assert_eq!((status, error.lines().count()), (78, 1), "{error}");
    assert!(error.contains("the secret in data/secret_key is malformed: delete the file"), "{error}");
    let other = TempDir::new().unwrap();
    fs::write(other.path().join("data"), "").unwrap();
    let (status, _, error) = output(urna(other.path(), &development).arg("config"));
    assert_eq!((status, error.lines().count()), (78, 1), "{error}");
    assert!(error.contains("can’t be kept in data/secret_key") && error.contains("set SECRET_KEY"), "{error}");
}

#[test]
fn a_demo_that_was_deleted_or_replaced_does_not_come_back_beside_another_poll() {
    let folder = TempDir::new().unwrap();
    let development = [("ROCKET_PROFILE", "development")];
    let new = output(
        urna(folder.path(), &development)
            .args(["poll", "new", "--title", "Mine", "--choice", "A", "--choice", "B", "--listed"]),
    );
    assert_eq!(new.0, 0, "{}", new.2);
    let server = serve(folder.path(), &development);
    let page = server.voter().get("/").unwrap().body;
    assert!(page.contains("Mine") && !page.contains("donut"), "{page}");
}

#[test]
fn alone_in_an_empty_folder_production_serves_and_makes_no_poll() {
    let folder = TempDir::new().unwrap();
    let server = serve(folder.path(), &PRODUCTION);
    let page = server.voter().get("/").unwrap();
    assert_eq!(page.status, 200);
    assert!(page.body.contains("Nothing to vote on yet") && !page.body.contains("<form"), "{}", page.body);
    assert!(!page.body.contains("urna poll"), "visitors can do nothing with a command: {}", page.body);
    let style = page.body.split('"').find(|text| text.starts_with("/static/app.")).unwrap();
    let reply = server.voter().get(style).unwrap();
    assert_eq!(reply.status, 200);
    assert!(reply.head.to_lowercase().contains("cache-control: public, max-age=31536000, immutable"), "{}", reply.head);
    assert_eq!(server.voter().add("vote=gummi").unwrap().status, 404);
    let files: Vec<_> =
        fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert!(files.iter().all(|name| name.starts_with("urna.db")), "{files:?}");
    assert!(!server.log().contains(SECRET), "{}", server.log());
}

#[test]
fn two_that_start_at_once_in_an_empty_folder_make_one_demo() {
    for _ in 0..3 {
        let folder = TempDir::new().unwrap();
        let development = [("ROCKET_PROFILE", "development")];
        let servers: Vec<Server> = std::thread::scope(|scope| {
            let starts: Vec<_> = (0..3).map(|_| scope.spawn(|| serve(folder.path(), &development))).collect();
            starts.into_iter().map(|start| start.join().unwrap()).collect()
        });
        for server in &servers {
            assert_eq!(server.voter().get("/").unwrap().tally(), [0, 0]);
        }
        let (_, stdout, _) = output(urna(folder.path(), &development).args(["poll", "list"]));
        assert_eq!(stdout.lines().count(), 1, "{stdout}");
    }
}

#[test]
fn the_start_says_four_lines() {
    let folder = TempDir::new().unwrap();
    for profile in ["development", "production"] {
        let environment = [&PRODUCTION[1..], &[("ROCKET_PROFILE", profile)]].concat();
        let server = serve(folder.path(), &environment);
        server.wait_for("no organiser yet: ");
        let log = server.log();
        // The helper has asked whether it answers.
        let lines: Vec<&str> = log.lines().filter(|line| !line.ends_with(" DEBUG GET /healthz: 200")).collect();
        let place = if profile == "production" { "on your site at " } else { &format!("at {}", server.url("")) };
        assert_eq!(
            lines[..3],
            [
                &format!("urna {}, {profile}, process {}", env!("CARGO_PKG_VERSION"), server.id()),
                &format!("serving {}", server.url("")),
                "database sqlite:urna.db",
            ],
            "{log}"
        );
        assert!(lines[3].starts_with(&format!("no organiser yet: set up the first one {place}/setup/")), "{log}");
        assert_eq!(lines.len(), 4, "{log}");
    }
    // What Rocket logs is there for who asks for it.
    let environment = [&PRODUCTION[1..], &[("ROCKET_PROFILE", "development"), ("ROCKET_LOG_LEVEL", "debug")]].concat();
    let server = serve(folder.path(), &environment);
    server.wait_for("Rocket has launched");
}
