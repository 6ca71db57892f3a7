//! Chromium under chromedriver: one driver for the test run, a session and a profile for each test.

use std::{
    env,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use serde_json::json;
use thirtyfour::{Capabilities, WebDriver};

use crate::helpers::postgres::free_port;

/// The running chromedriver.
struct Driver {
    address: String,
    chromium: PathBuf,
    /// Holds the profiles; goes with the driver.
    folder: PathBuf,
    /// Ends the driver when its pipe breaks.
    _keeper: Child,
}

/// A browser of a test's own, which ends when it is dropped; `None`, and the test is skipped, where Chromium or
/// chromedriver is missing.
pub async fn open(javascript: bool) -> Option<WebDriver> {
    static SESSIONS: AtomicUsize = AtomicUsize::new(0);
    let driver = driver()?;
    let profile = driver.folder.join(format!("profile-{}", SESSIONS.fetch_add(1, Ordering::Relaxed)));
    let capabilities = json!({
        "browserName": "chrome",
        "goog:loggingPrefs": { "browser": "ALL", "performance": "ALL" },
        "goog:chromeOptions": {
            "binary": driver.chromium,
            "args": [
                "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
                "--disable-background-networking", "--disable-component-update", "--disable-sync",
                "--window-size=1280,900", format!("--user-data-dir={}", profile.display()),
            ],
            "prefs": {
                "intl.accept_languages": "en-GB",
                "profile.managed_default_content_settings.javascript": if javascript { 1 } else { 2 },
            },
        },
    });
    let capabilities = capabilities.as_object().cloned().map(Capabilities::from).expect("an object");
    Some(WebDriver::new(&driver.address, capabilities).await.expect("Chromium starts"))
}

fn driver() -> Option<&'static Driver> {
    static DRIVER: OnceLock<Option<Driver>> = OnceLock::new();
    let driver = DRIVER.get_or_init(|| Some(start(&program("chromedriver")?, program("chromium")?))).as_ref();
    if driver.is_none() {
        crate::helpers::skips::skip("Chromium or chromedriver is not installed");
    }
    driver
}

fn program(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.exists())
}

/// Starts a driver that ends with this process, however that ends: a shell holds it, and ends it
/// with all its browsers when the pipe from this process breaks.
#[expect(clippy::zombie_processes, reason = "the shell ends after this process does")]
fn start(program: &Path, chromium: PathBuf) -> Driver {
    const SCRIPT: &str = r#"
        setsid "$1" --port="$2" >"$3/log" 2>&1 &
        driver=$!
        read -r _ || true
        kill -KILL -"$driver"
        wait "$driver"
        for _ in 1 2 3 4 5; do rm -rf "$3" 2>/dev/null && exit; sleep 0.2; done
    "#;
    let folder = tempfile::Builder::new().prefix("urna-browser.").tempdir().expect("a temporary folder").keep();
    let port = free_port();
    let keeper = Command::new("sh")
        .args(["-c", SCRIPT, "sh"])
        .arg(program)
        .arg(port.to_string())
        .arg(&folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("sh starts");
    for _ in 0..300 {
        if std::net::TcpStream::connect(("127.0.0.1", port)).is_ok() {
            return Driver { address: format!("http://127.0.0.1:{port}"), chromium, folder, _keeper: keeper };
        }
        thread::sleep(Duration::from_millis(100));
    }
    panic!("chromedriver did not start within 30 seconds");
}
