//! The whole app in the test's process, on a database of its own, with a method for each thing that a test does.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use rocket::{
    figment::{providers::Serialized, value::Value},
    http::{Cookie, Header, Method, RawStr, Status},
    local::asynchronous::{Client, LocalResponse},
};
use urna::{
    config::{self, Config, Mode},
    db::{Connection, Engine},
    models::{
        choice::NewChoice,
        eligibility::Eligibility,
        new_poll::NewPoll,
        organiser::{self, NewOrganiser},
        poll::Poll,
        settings::Settings,
    },
    passwords, start,
};

use super::database::TestDatabase;

/// 32 bytes for tests.
pub const SECRET: &str = "dGVzdC10ZXN0LXRlc3QtdGVzdC10ZXN0LXRlc3QtISE=";

/// The password of every organiser that a test creates.
pub const PASSWORD: &str = "tr33-quart-hymn";

/// The app on a migrated database, which is empty at first.
pub struct App {
    pub client: Client,
    pub database: Arc<TestDatabase>,
    pub config: Config,
}

impl App {
    /// Starts the app on `database`, in the production profile: no demo poll.
    pub async fn start(database: TestDatabase) -> App {
        Self::start_with(database, &[]).await
    }

    /// The same with settings, such as `("urna.queue", 1)`.
    pub async fn start_with(database: TestDatabase, settings: &[(&str, usize)]) -> App {
        let config = config_for(&database, settings);
        start::migrate(&config).await.expect("the migrations run");
        Self::launch(Arc::new(database), config).await
    }

    /// The app behind so many proxies that write the client's address into this header; an empty name leaves the setting
    /// out.
    pub async fn start_behind(database: Arc<TestDatabase>, header: &str, proxies: usize) -> App {
        let config = config_for(&database, &[("urna.proxies", proxies)]);
        let figment = if header.is_empty() { config.figment } else { config.figment.merge(("ip_header", header)) };
        let config = Config::from_figment(figment, Mode::Production).expect("the configuration is right");
        start::migrate(&config).await.expect("the migrations run");
        Self::launch(database, config).await
    }

    /// The app on a site whose polls name other open polls.
    pub async fn start_with_others(database: TestDatabase) -> App {
        Self::start_set(database, &[("urna.other_polls", true.into())]).await
    }

    /// The app with settings of any kind.
    pub async fn start_set(database: TestDatabase, settings: &[(&str, Value)]) -> App {
        let figment = settings.iter().fold(config_for(&database, &[]).figment, |figment, (key, value)| {
            figment.merge(Serialized::global(key, value))
        });
        let config = Config::from_figment(figment, Mode::Production).expect("the configuration is right");
        start::migrate(&config).await.expect("the migrations run");
        Self::launch(Arc::new(database), config).await
    }

    /// A second app on the same database, as another process would be: its own pool, ballot box and scoreboard.
    pub async fn twin(&self) -> App {
        Self::launch(self.database.clone(), self.config.clone()).await
    }

    /// The app in the development profile.
    pub async fn start_in_development(database: TestDatabase) -> App {
        Self::start_in_development_on(Arc::new(database)).await
    }

    /// The same on a shared database.
    pub async fn start_in_development_on(database: Arc<TestDatabase>) -> App {
        let figment = config::figment(Mode::Development)
            .merge(Serialized::global("databases.urna.url", &database.url))
            .merge(Serialized::global("secret_key", SECRET))
            .merge(Serialized::global("log_level", "off"));
        let config = Config::from_figment(figment, Mode::Development).expect("the configuration is right");
        Self::launch(database, config).await
    }

    async fn launch(database: Arc<TestDatabase>, config: Config) -> App {
        start::prepare(&config).await.expect("the database is prepared");
        let rocket = urna::rocket(config.clone()).expect("the app is whole");
        let client = Client::untracked(rocket).await.expect("the app starts");
        App { client, database, config }
    }

    /// A connection beside the app's own.
    pub async fn db(&self) -> Connection {
        let engine = Engine::open(&self.config.database, 1, std::time::Duration::from_secs(5)).expect("the pool opens");
        engine.connection().await.expect("a connection")
    }

    /// An open poll with these choices, their keys as labels.
    pub async fn poll(&self, slug: &str, keys: &[&str]) -> Poll {
        self.create(&new_poll(slug, keys)).await
    }

    /// Any poll.
    pub async fn create(&self, poll: &NewPoll) -> Poll {
        Poll::create(&mut self.db().await, poll).await.expect("the poll is created")
    }

    /// A GET.
    pub async fn get(&self, address: &str) -> Answer {
        Answer::read(self.client.get(address.to_owned()).dispatch().await).await
    }

    /// A GET with a header.
    pub async fn get_with(&self, address: &str, name: &str, value: &str) -> Answer {
        let header = Header::new(name.to_owned(), value.to_owned());
        Answer::read(self.client.get(address.to_owned()).header(header).dispatch().await).await
    }

    /// `POST /add` with a form body as it is.
    pub async fn add(&self, body: &str) -> Answer {
        self.send(Method::Post, "/add", body.as_bytes(), &[("Content-Type", "application/x-www-form-urlencoded")]).await
    }

    /// Casts a ballot, which must be counted.
    pub async fn cast(&self, slug: &str, vote: &str) {
        let answer = self.add(&format!("poll={slug}&vote={vote}")).await;
        assert_eq!(answer.status, Status::SeeOther, "{}", answer.body);
    }

    /// An organiser whose password is [`PASSWORD`].
    pub async fn account(&self, uid: &str) -> organiser::Organiser {
        let new = NewOrganiser {
            uid: uid.into(),
            name: format!("The organiser {uid}"),
            password_hash: passwords::hash(PASSWORD).await.expect("a hash"),
        };
        organiser::Organiser::create(&mut self.db().await, &new).await.expect("the organiser is created")
    }

    /// The same, signed in.
    pub async fn organiser(&self, uid: &str) -> Organiser<'_> {
        self.account(uid).await;
        self.sign_in(uid).await
    }

    /// An existing organiser, signed in with another browser.
    pub async fn sign_in(&self, uid: &str) -> Organiser<'_> {
        let browser = self.stranger();
        let answer = browser.post("/session", &form(&[("uid", uid), ("password", PASSWORD)])).await;
        assert_eq!(answer.status, Status::SeeOther, "{}", answer.body);
        browser
    }

    /// A browser that is not signed in.
    pub fn stranger(&self) -> Organiser<'_> {
        Organiser { app: self, cookie: Mutex::default() }
    }

    /// Any request with a body and headers as they are.
    pub async fn send(&self, method: Method, address: &str, body: &[u8], headers: &[(&str, &str)]) -> Answer {
        // Every browser sends it; the local client does not.
        let length = Header::new("Content-Length", body.len().to_string());
        let mut request = self.client.req(method, address.to_owned()).header(length).body(body);
        for (name, value) in headers {
            // The local client takes no cookies from the headers.
            if *name == "Cookie" {
                let cookies = Cookie::split_parse_encoded((*value).to_owned());
                request = request.cookies(cookies.map(|cookie| cookie.expect("a cookie")));
            } else {
                request.add_header(Header::new((*name).to_owned(), (*value).to_owned()));
            }
        }
        Answer::read(request.dispatch().await).await
    }

    /// The tally as a page shows it: the number of each choice, in order.
    pub async fn tally(&self, address: &str) -> Vec<u64> {
        let page = self.get(address).await;
        assert_eq!(page.status, Status::Ok, "{}", page.body);
        page.tally()
    }
}

/// An organiser at a browser: keeps the session's cookie, and sends forms.
pub struct Organiser<'a> {
    app: &'a App,
    cookie: Mutex<String>,
}

impl Organiser<'_> {
    /// The `Cookie` header that it sends; empty while signed out.
    pub fn cookie(&self) -> String {
        self.cookie.lock().expect("no panic").clone()
    }

    /// Sends this `Cookie` header from now on.
    pub fn set_cookie(&self, cookie: &str) {
        *self.cookie.lock().expect("no panic") = cookie.into();
    }

    /// A GET.
    pub async fn get(&self, address: &str) -> Answer {
        self.send(Method::Get, address, "").await
    }

    /// A POST with a form, such as `title=Tea%3F&choice=Yes`.
    pub async fn post(&self, address: &str, form: &str) -> Answer {
        self.send(Method::Post, address, form).await
    }

    /// Creates invitations on the organiser's page, and opens the slips.
    pub async fn invite(&self, slug: &str, number: usize) -> Answer {
        let created = self.post(&format!("/polls/{slug}/invitations"), &format!("number={number}")).await;
        assert_eq!(created.status, Status::SeeOther, "{}", created.body);
        self.get(created.header("location").expect("the address of the slips")).await
    }

    /// A PUT with a form.
    pub async fn put(&self, address: &str, form: &str) -> Answer {
        self.send(Method::Put, address, form).await
    }

    /// A DELETE without fields.
    pub async fn delete(&self, address: &str) -> Answer {
        self.send(Method::Delete, address, "").await
    }

    /// A form by any method.
    pub async fn send(&self, method: Method, address: &str, form: &str) -> Answer {
        let cookie = self.cookie();
        let headers = [("Content-Type", "application/x-www-form-urlencoded"), ("Cookie", cookie.as_str())];
        let headers = if cookie.is_empty() { &headers[..1] } else { &headers[..] };
        let answer = self.app.send(method, address, form.as_bytes(), headers).await;
        // Only the session's cookie: an organiser needs none of a voter's.
        let of_session = |set: &&&str| set.contains("urna-session=");
        if let Some(set) = answer.all("set-cookie").iter().find(of_session) {
            let pair = set.split(';').next().unwrap_or_default();
            self.set_cookie(if pair.ends_with('=') { "" } else { pair });
        }
        answer
    }
}

/// Fields as the body of a form.
pub fn form(fields: &[(&str, &str)]) -> String {
    let encode = |text| RawStr::new(text).percent_encode().to_string();
    fields.iter().map(|(name, value)| format!("{}={}", encode(*name), encode(*value))).collect::<Vec<_>>().join("&")
}

/// An answer, read whole.
pub struct Answer {
    pub status: Status,
    pub body: String,
    headers: Vec<(String, String)>,
}

impl Answer {
    /// Reads a response.
    pub async fn read(response: LocalResponse<'_>) -> Answer {
        let status = response.status();
        let headers =
            response.headers().iter().map(|h| (h.name().to_string().to_lowercase(), h.value().to_owned())).collect();
        Answer { status, headers, body: response.into_string().await.unwrap_or_default() }
    }

    /// A header's value; the name in small letters.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(header, _)| header == name).map(|(_, value)| value.as_str())
    }

    /// All values of a header; the name in small letters.
    pub fn all(&self, name: &str) -> Vec<&str> {
        self.headers.iter().filter(|(header, _)| header == name).map(|(_, value)| value.as_str()).collect()
    }

    /// All of the answer that a reader sees, without the cookies, which are encrypted differently each time.
    pub fn bytes(&self) -> (u16, Vec<(String, String)>, String) {
        let mut headers = self.headers.clone();
        headers.retain(|(name, _)| name != "set-cookie");
        headers.sort();
        (self.status.code, headers, self.body.clone())
    }

    /// Asserts that it is a form with this error of a field, in the summary with a link and beside the field.
    pub fn assert_problems_of(&self, field: &str, sentence: &str) {
        assert_eq!(self.status, Status::UnprocessableEntity, "{}", self.body);
        let above =
            self.body.split(&format!("<li><a href=\"#{field}\">")).nth(1).and_then(|rest| rest.split('<').next());
        assert!(above.is_some_and(|above| above.contains(sentence)), "{above:?}: {}", self.body);
        let beside = self.body.split(&format!(r#"<p class="error" id="{field}-error">"#)).nth(1);
        let beside = beside.and_then(|rest| rest.split("</p>").next());
        assert!(beside.is_some_and(|beside| beside.contains(sentence)), "{beside:?}: {}", self.body);
        assert!(
            self.body.contains(&format!("aria-describedby=\"{field}-error\" aria-invalid=\"true\"")),
            "{}",
            self.body
        );
    }

    /// The numbers in the tally's table, in the order of the choices.
    pub fn tally(&self) -> Vec<u64> {
        tally_of(&self.body)
    }

    /// Asserts that it is a form with exactly these errors of fields, in the summary with links and beside the fields.
    pub fn assert_problems(&self, problems: &[(&str, &str)]) {
        assert_eq!(self.status, Status::UnprocessableEntity, "{}", self.body);
        assert!(self.body.contains("<title>Error: "), "{}", self.body);
        assert!(self.body.contains(r#"<div class="error-summary" role="alert" tabindex="-1" autofocus>"#));
        let links = self.body.matches("<li><a href=\"#").count();
        assert_eq!(links, problems.len(), "{}", self.body);
        for (field, sentence) in problems {
            let beside = format!(r#"<p class="error" id="{field}-error"><span class="aside">Error: </span>{sentence}"#);
            assert!(self.body.contains(&format!("<a href=\"#{field}\">{sentence}")), "{field}: {}", self.body);
            assert!(self.body.contains(&beside), "{field}: {}", self.body);
            let input = self.body.split(&format!("id=\"{field}\"")).nth(1).and_then(|rest| rest.split('>').next());
            let input = input.unwrap_or_else(|| panic!("no field {field}"));
            assert!(input.contains("aria-invalid=\"true\"") && input.contains(&format!("{field}-error\"")), "{input}");
        }
    }
}

/// The numbers in the tally of a poll's page, in the order of the ballot; 0 for each choice of the ballot where there are
/// no votes.
pub fn tally_of(page: &str) -> Vec<u64> {
    let rows: BTreeMap<u64, u64> = page
        .split("<tr data-place=\"")
        .skip(1)
        .map(|row| {
            let place = row.split('"').next().unwrap_or_default().parse().expect("a place");
            let number = row.split("class=\"count\">").nth(1).and_then(|cell| cell.split('<').next());
            (place, number.unwrap_or_default().replace(',', "").parse().expect("a number"))
        })
        .collect();
    if rows.is_empty() {
        assert!(
            ["No votes yet.", "There are no votes.", "no ballot is marked."].iter().any(|why| page.contains(why)),
            "{page}"
        );
        let list = ["<ul class=\"choices", "<ul class=\"options", "<ul class=\"lines"]
            .iter()
            .find_map(|list| page.split(list).nth(1));
        let list = list.and_then(|rest| rest.split("</ul>").next()).expect("a ballot");
        return vec![0; list.matches("<li").count()];
    }
    rows.into_values().collect()
}

/// A configuration like production's, on a test's database.
pub fn config_for(database: &TestDatabase, settings: &[(&str, usize)]) -> Config {
    let mut figment = config::figment(Mode::Production)
        .merge(Serialized::global("databases.urna.url", &database.url))
        .merge(Serialized::global("secret_key", SECRET))
        .merge(Serialized::global("urna.sqlite_in_production", true))
        .merge(Serialized::global("log_level", "off"));
    for (key, value) in settings {
        figment = figment.merge(Serialized::global(key, value));
    }
    Config::from_figment(figment, Mode::Production).expect("the configuration is right")
}

/// Other settings for a poll that is to be created.
pub trait WithSettings {
    /// The same poll with its settings changed.
    fn with(self, change: impl FnOnce(&mut Settings)) -> Self;
}

impl WithSettings for NewPoll {
    fn with(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        change(&mut self.settings);
        self
    }
}

/// An open poll of the public list that is to be created, in which anyone can vote any number of times.
pub fn new_poll(slug: &str, keys: &[&str]) -> NewPoll {
    let choice = |key: &&str| NewChoice { key: (*key).into(), label: (*key).into(), ..NewChoice::default() };
    NewPoll {
        slug: slug.into(),
        choices: keys.iter().map(choice).collect(),
        ..NewPoll::default().with(|s| {
            s.title = format!("Which of {slug}?");
            (s.eligibility, s.listed) = (Eligibility::Open, true);
        })
    }
}
