//! Gathering: one read or one commit serves all requests that have already arrived.

use rocket::tokio::task::yield_now;

/// How often it checks whether more requests have arrived: enough for many, and a few microseconds for a single one.
const ROUNDS: usize = 8;

/// Lets every ready task run and the network be read until nobody new has `arrived`, without a timer.
pub async fn gather(arrived: impl Fn() -> u64) {
    let mut known = arrived();
    for _ in 0..ROUNDS {
        yield_now().await;
        let now = arrived();
        if now == known {
            break;
        }
        known = now;
    }
}
