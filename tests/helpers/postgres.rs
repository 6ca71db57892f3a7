//! A private PostgreSQL server for this test run: the installed programs on a temporary folder.

use std::{
    env, fs,
    net::TcpListener,
    path::PathBuf,
    process::{Command, Stdio},
    sync::{
        OnceLock,
        atomic::{AtomicBool, AtomicU32, Ordering::Relaxed},
    },
    thread,
    time::Duration,
};

/// Whether a private server's commits wait for the disk. Tests need not wait, as the machine does not fail; a benchmark
/// does.
pub static DURABLE: AtomicBool = AtomicBool::new(false);

/// The address of a server where tests may create databases, without the database's name; `None`
/// where there is neither `TEST_DATABASE_URL` nor an installed server.
pub fn server() -> Option<&'static str> {
    static SERVER: OnceLock<Option<String>> = OnceLock::new();
    let server = SERVER.get_or_init(|| match env::var("TEST_DATABASE_URL") {
        Ok(url) => Some(url.rsplit_once('/').expect("TEST_DATABASE_URL ends in /DATABASE").0.to_owned()),
        Err(_) => programs().map(start),
    });
    if server.is_none() {
        super::skips::skip("neither TEST_DATABASE_URL nor PostgreSQL's initdb is there");
    }
    server.as_deref()
}

/// Whether [`server`] is one of this run's own.
pub fn is_private() -> bool {
    env::var_os("TEST_DATABASE_URL").is_none()
}

/// The address of a server that nobody else uses, as [`server`] gives it.
pub fn private() -> Option<String> {
    programs().map(start)
}

/// The address of a standby that follows the server at this port.
pub fn standby(port: u16) -> Option<String> {
    programs().map(|programs| run(programs, Some(port)))
}

/// The folder of `initdb` and `postgres`: in the path, or where Debian puts them.
fn programs() -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let debian =
        fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten().map(|version| version.path().join("bin"));
    env::split_paths(&path)
        .chain(debian)
        .find(|folder| ["initdb", "postgres", "pg_basebackup"].iter().all(|program| folder.join(program).exists()))
}

/// Starts a server that ends with this process, also where that is killed: a shell runs the server, and ends it when the
/// pipe from this process closes.
fn start(programs: PathBuf) -> String {
    run(programs, None)
}

fn run(programs: PathBuf, leader: Option<u16>) -> String {
    const SCRIPT: &str = r#"
        set -e
        programs="$1" port="$2" leader="$3" durable="$4" dir="$(mktemp -d /tmp/urna-postgres.XXXXXX)"
        run() { "$@"; }
        if [ "$(id -u)" = 0 ]; then chown postgres "$dir"; run() { setpriv --reuid=postgres --regid=postgres --clear-groups "$@"; }; fi
        cd "$dir"
        if [ -z "$leader" ]; then
            run "$programs/initdb" -D "$dir/data" -U urna -A trust -E UTF8 --locale=C.UTF-8 -N >/dev/null
        else
            run "$programs/pg_basebackup" -h 127.0.0.1 -p "$leader" -U urna -D "$dir/data" -R -X stream -c fast -N
        fi
        run "$programs/postgres" -D "$dir/data" -c port="$port" -c listen_addresses=127.0.0.1 -c unix_socket_directories="$dir" \
            -c max_connections=300 -c logging_collector=off -c fsync="$durable" -c full_page_writes="$durable" >"$dir/log" 2>&1 &
        read -r _ || true
        # Not the shell's child, for which it ignores signals: the server itself.
        kill -INT "$(head -n 1 "$dir/data/postmaster.pid")" || true
        wait
        rm -rf "$dir"
    "#;
    let port = free_port();
    #[expect(clippy::zombie_processes, reason = "it outlives every test and ends with this process")]
    let mut keeper = Command::new("sh")
        .args(["-c", SCRIPT, "sh"])
        .arg(&programs)
        .arg(port.to_string())
        .arg(leader.map(|port| port.to_string()).unwrap_or_default())
        .arg(if DURABLE.load(Relaxed) { "on" } else { "off" })
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("sh starts");
    // The pipe stays open as long as this process lives.
    std::mem::forget(keeper.stdin.take());
    let server = format!("postgres://urna@127.0.0.1:{port}");
    for _ in 0..300 {
        if super::database::execute_blocking(&format!("{server}/postgres"), "SELECT 1").is_ok() {
            return server;
        }
        thread::sleep(Duration::from_millis(100));
    }
    panic!("PostgreSQL did not start within 30 seconds");
}

/// A port that nothing listens on at this moment, and that nothing else takes: it is below the ports that the system
/// gives to outgoing connections and to listeners that name no port, and this process gives it once.
pub fn free_port() -> u16 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    // Processes that run at once begin at different places.
    let first = std::process::id() * 97;
    let free = (0..1_000).find_map(|_| {
        let port = 10_000 + (first.wrapping_add(NEXT.fetch_add(1, Relaxed)) % 20_000) as u16;
        TcpListener::bind(("127.0.0.1", port)).ok().map(|_| port)
    });
    free.expect("a free port")
}
