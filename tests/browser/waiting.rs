//! Waiting, with a timeout, for what a browser shows a moment later: a page, the stamp, the focus.

use std::time::{Duration, Instant};

use rocket::tokio::time::sleep;
use serde_json::Value;
use thirtyfour::{By, WebElement, error::WebDriverErrorInner};

use super::visit::Visit;

/// How long a test waits before it fails.
const WAIT_TIMEOUT: Duration = Duration::from_secs(15);

impl Visit {
    /// Looks again and again until there is something to be seen, and gives that.
    pub async fn soon<T>(&self, what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
        let started = Instant::now();
        loop {
            if let Some(seen) = look().await {
                return seen;
            }
            if started.elapsed() > WAIT_TIMEOUT {
                let (shown, place) = (self.browser.source().await, self.browser.current_url().await);
                panic!("not within {WAIT_TIMEOUT:?}: {what}\nat {place:?}\n{shown:?}");
            }
            sleep(Duration::from_millis(20)).await;
        }
    }

    /// Waits until a page is there with its scripts run, and a script gives `true` on it.
    pub async fn until(&self, script: &str) {
        let whole = format!("if (document.readyState !== 'complete') return false; {script}");
        self.soon(script, async || {
            // A page on its way out has no one to answer.
            let answer = self.browser.execute(&whole, Vec::new()).await;
            answer.is_ok_and(|value| value.json() == &Value::Bool(true)).then_some(())
        })
        .await;
    }

    /// Waits until the page at `address`, which may have a fragment, is there with its scripts run.
    pub async fn arrive(&self, address: &str) {
        let here = "location.pathname + location.search + location.hash";
        self.until(&format!("return {here} === {address:?}")).await;
    }

    /// Waits until a page that refuses a vote is there, its summary in focus.
    pub async fn refusal(&self) {
        self.until("return document.activeElement.className === 'error-summary'").await;
    }

    /// Waits until the element with this `id` has the focus.
    pub async fn focused(&self, id: &str) {
        self.until(&format!("return document.activeElement.id === {id:?}")).await;
    }

    /// Waits until what moves has come to rest.
    pub async fn still(&self) {
        self.until("return document.getAnimations().every(animation => animation.playState === 'finished')").await;
    }

    /// The one element that is meant, as soon as it is there.
    pub async fn find(&self, css: &str) -> WebElement {
        self.soon(css, async || self.browser.find(By::Css(css)).await.ok()).await
    }

    /// Clicks on the one element that is meant.
    pub async fn click(&self, css: &str) {
        self.soon(css, async || match self.find(css).await.click().await {
            Ok(()) => Some(()),
            // It was on a page that has gone since, and took no click.
            Err(error) if matches!(*error, WebDriverErrorInner::StaleElementReference(_)) => None,
            Err(error) => panic!("no click on {css}: {error}"),
        })
        .await;
    }

    /// The words that an element shows, as soon as it shows any.
    pub async fn words(&self, css: &str) -> String {
        self.soon(css, async || {
            let words = self.browser.find(By::Css(css)).await.ok()?.text().await.ok()?;
            Some(words).filter(|words| !words.is_empty())
        })
        .await
    }

    /// The words of the stamp, as soon as it shows: it is see-through as it begins to fall.
    pub async fn stamped(&self) -> String {
        self.soon("the stamp", async || self.stamp_now().await.ok()?).await
    }

    /// That no stamp shows.
    pub async fn unstamped(&self) {
        self.find("#counted").await;
        assert_eq!(self.stamp_now().await.expect("an answer"), None);
    }
}
