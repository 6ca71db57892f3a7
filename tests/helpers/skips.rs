//! Skips: tests that can't run here are counted, and listed in the last lines of a run, which the harness does not
//! capture.

use std::{
    collections::BTreeMap,
    env,
    io::{self, Write as _},
    sync::{Mutex, Once, PoisonError},
};

static SKIPPED: Mutex<BTreeMap<String, usize>> = Mutex::new(BTreeMap::new());

/// Skips this test.
///
/// # Panics
/// Where `URNA_NO_SKIP` makes a skip a failure.
pub fn skip(why: &str) {
    assert!(env::var_os("URNA_NO_SKIP").is_none(), "{why}, and URNA_NO_SKIP is set");
    count(why);
}

/// Skips this test, also where a skip is a failure.
pub fn count(why: &str) {
    static ONCE: Once = Once::new();
    // SAFETY: the function has the right type and does not unwind.
    ONCE.call_once(|| assert_eq!(unsafe { libc::atexit(print_skips) }, 0, "the end of the process can be waited for"));
    *SKIPPED.lock().unwrap_or_else(PoisonError::into_inner).entry(why.to_owned()).or_default() += 1;
}

/// At the end of the process: the harness has no hook for it.
extern "C" fn print_skips() {
    for (why, tests) in &*SKIPPED.lock().unwrap_or_else(PoisonError::into_inner) {
        let noun = if *tests == 1 { "test" } else { "tests" };
        let _ = writeln!(io::stderr(), "SKIPPED {tests} {noun}: {why}");
    }
}
