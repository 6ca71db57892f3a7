//! A voter's browser: it keeps every cookie that it is given.

use std::{collections::BTreeMap, sync::Mutex};

use rocket::http::Method;

use super::app::{Answer, App};

/// A browser with its cookies.
pub struct Browser<'a> {
    app: &'a App,
    jar: Mutex<BTreeMap<String, String>>,
}

impl App {
    /// A browser without a cookie.
    pub fn browser(&self) -> Browser<'_> {
        Browser { app: self, jar: Mutex::default() }
    }
}

impl Browser<'_> {
    /// A GET.
    pub async fn get(&self, address: &str) -> Answer {
        self.send(Method::Get, address, "", &[]).await
    }

    /// A GET with the tag of a page that it has.
    pub async fn get_again(&self, address: &str, etag: &str) -> Answer {
        self.send(Method::Get, address, "", &[("If-None-Match", etag)]).await
    }

    /// `POST /add` with a form.
    pub async fn add(&self, form: &str) -> Answer {
        self.send(Method::Post, "/add", form, &[]).await
    }

    /// A cookie's value as it was sent.
    pub fn cookie(&self, name: &str) -> Option<String> {
        self.jar.lock().expect("no panic").get(name).cloned()
    }

    /// The names of its cookies.
    pub fn cookies(&self) -> Vec<String> {
        self.jar.lock().expect("no panic").keys().cloned().collect()
    }

    /// Puts a cookie there.
    pub fn set_cookie(&self, name: &str, value: &str) {
        self.jar.lock().expect("no panic").insert(name.into(), value.into());
    }

    async fn send(&self, method: Method, address: &str, form: &str, more: &[(&str, &str)]) -> Answer {
        let cookie = {
            let jar = self.jar.lock().expect("no panic");
            jar.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
        };
        let mut headers = vec![("Content-Type", "application/x-www-form-urlencoded")];
        headers.extend(more);
        if !cookie.is_empty() {
            headers.push(("Cookie", &cookie));
        }
        let answer = self.app.send(method, address, form.as_bytes(), &headers).await;
        for set in answer.all("set-cookie") {
            let (name, value) = set.split(';').next().and_then(|pair| pair.split_once('=')).expect("a cookie");
            self.set_cookie(name, value);
        }
        answer
    }
}
