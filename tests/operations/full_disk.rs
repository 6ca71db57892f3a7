//! A SQLite disk that is full or read-only: pages are still shown, and votes are taken again as soon as they can be stored.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::Command,
    thread::sleep,
    time::{Duration, Instant},
};

use tempfile::TempDir;

use crate::helpers::{
    database::TestDatabase,
    server::{Server, assert_checks, create_poll},
    skips,
};

/// A small disk in memory.
struct Disk(TempDir);

impl Disk {
    /// `None` where this process may not mount one.
    fn mount() -> Option<Disk> {
        let folder = TempDir::new().expect("a temporary folder");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", "size=4m", "urna"]).arg(folder.path()).output();
        if mounted.is_ok_and(|mounted| mounted.status.success()) {
            return Some(Disk(folder));
        }
        skips::count("a small disk can't be mounted here");
        None
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn filler(&self) -> PathBuf {
        self.path().join("filler")
    }

    fn fill(&self) {
        let mut file = fs::File::create(self.filler()).expect("a file");
        for size in [1 << 16, 1 << 8, 1] {
            while file.write_all(&vec![1; size]).is_ok() {}
        }
    }

    fn free(&self) {
        fs::remove_file(self.filler()).expect("it is removed");
    }

    fn remount(&self, how: &str) {
        let option = format!("remount,{how}");
        assert!(Command::new("mount").args(["-o", &option]).arg(self.path()).status().expect("mount runs").success());
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.path()).status();
    }
}

/// That pages tell of so many votes, and the platform that none can be taken.
fn assert_shows(server: &Server, votes: u64) {
    let mut voter = server.voter();
    let page = voter.get("/polls/disk/results").expect("a page");
    assert_eq!(page.status, 200, "{}", server.log());
    assert_eq!(page.tally().iter().sum::<u64>(), votes, "{}", page.body);
    for path in ["/", "/polls", "/polls/disk"] {
        assert_eq!(voter.get(path).expect("a page").status, 200, "{path}: {}", server.log());
    }
    let ready = voter.get("/readyz").expect("an answer");
    assert_eq!(ready.status, 503, "{}", ready.body);
}

/// The same, and that a voter gets a 503.
fn assert_reads_only(server: &Server, votes: u64) {
    assert_shows(server, votes);
    let refused = server.voter().add("poll=disk&vote=gummi").expect("an answer");
    assert_eq!(refused.status, 503, "{}", server.log());
    assert!(refused.body.contains("could not be confirmed"), "{}", refused.body);
}

/// That votes are taken again, soon and by the same process; they are then so many.
fn assert_takes_votes(server: &Server, votes: u64) {
    let since = Instant::now();
    while server.voter().get("/readyz").expect("an answer").status != 200 {
        assert!(since.elapsed() < Duration::from_secs(8), "not ready again: {}", server.log());
        sleep(Duration::from_millis(100));
    }
    let mut voter = server.voter();
    assert_eq!(voter.add("poll=disk&vote=gummi").expect("an answer").status, 303, "{}", server.log());
    let tally = voter.get("/polls/disk/results").expect("a page").tally();
    assert_eq!(tally.iter().sum::<u64>(), votes);
}

#[test]
fn a_full_disk_shows_results_and_takes_votes_when_there_is_room() {
    let Some(disk) = Disk::mount() else { return };
    TestDatabase::sqlite_in(disk.path()).run(async |database: TestDatabase| {
        create_poll(&database, "disk", &["gummi", "pita"]).await;
        let mut server = Server::start(&database);
        assert_takes_votes(&server, 1);
        server.terminate();
        // Ended cleanly: beside the file nothing is left.
        disk.fill();
        let server = Server::start(&database);
        server.wait_for("no vote can be stored now (No space left");
        assert_reads_only(&server, 1);
        disk.free();
        assert_takes_votes(&server, 2);
        // Filled up under it.
        disk.fill();
        let ready = server.voter().get("/readyz").expect("an answer");
        assert_eq!((ready.status, ready.body.contains("full")), (503, true), "{}", ready.body);
        let mut acknowledged = 2;
        // What SQLite has beside its file may hold some more, and again after a checkpoint; that is no loss.
        let mut refused_in_a_row = 0;
        while refused_in_a_row < 3 {
            let is_taken = server.voter().add("poll=disk&vote=pita").expect("an answer").status == 303;
            acknowledged += u64::from(is_taken);
            refused_in_a_row = if is_taken { 0 } else { refused_in_a_row + 1 };
            assert!(acknowledged < 10_000);
        }
        assert_reads_only(&server, acknowledged);
        // Killed, it leaves votes in the log beside the file; a new process must show these too.
        drop(server);
        let server = Server::start(&database);
        server.wait_for("no vote can be stored now");
        assert_shows(&server, acknowledged);
        disk.free();
        assert_takes_votes(&server, acknowledged + 1);
        drop(server);
        assert_checks(&database);
    });
}

#[test]
fn a_read_only_disk_shows_results_and_takes_votes_when_it_can_be_written() {
    let Some(disk) = Disk::mount() else { return };
    TestDatabase::sqlite_in(disk.path()).run(async |database: TestDatabase| {
        create_poll(&database, "disk", &["gummi", "pita"]).await;
        let mut server = Server::start(&database);
        assert_takes_votes(&server, 1);
        server.terminate();
        for (votes, is_killed) in [(1, true), (2, false)] {
            disk.remount("ro");
            let mut server = Server::start(&database);
            server.wait_for("no vote can be stored now (Read-only");
            assert_reads_only(&server, votes);
            disk.remount("rw");
            assert_takes_votes(&server, votes + 1);
            if is_killed {
                server.kill();
            } else {
                server.terminate();
            }
        }
        assert_checks(&database);
    });
}

#[test]
fn a_start_on_a_full_disk_without_a_database_says_that_it_is_full() {
    let Some(disk) = Disk::mount() else { return };
    disk.fill();
    let database = TestDatabase::sqlite_in(disk.path());
    let (status, _, stderr) = crate::helpers::server::output(crate::helpers::server::command(&database).arg("serve"));
    assert_eq!(status, 78);
    assert!(stderr.contains("disk is full") && stderr.trim().lines().count() == 1, "{stderr}");
}
