//! The whole app in this process, on a database of its own, spoken to in the domain's words.

use std::sync::Arc;

use rocket::{
    figment::providers::Serialized,
    http::{Header, Method, Status},
    local::asynchronous::{Client, LocalResponse},
};
use urna::{
    config::{self, Config, Mode},
    db::{Connection, Engine},
    models::poll::{NewChoice, NewPoll, Poll},
    start,
};

use super::database::TestDatabase;

/// 32 bytes for tests.
pub const SECRET: &str = "dGVzdC10ZXN0LXRlc3QtdGVzdC10ZXN0LXRlc3QtISE=";

/// The app, its database migrated and empty but for what a test puts there.
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

    /// Another process's worth of the app on the same database: its own pool, ballot box and scoreboard.
    pub async fn twin(&self) -> App {
        Self::launch(self.database.clone(), self.config.clone()).await
    }

    async fn launch(database: Arc<TestDatabase>, config: Config) -> App {
        start::prepare(&config).await.expect("the database is made ready");
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
        self.make(&new_poll(slug, keys)).await
    }

    /// Any poll.
    pub async fn make(&self, poll: &NewPoll) -> Poll {
        Poll::create(&mut self.db().await, poll).await.expect("the poll is made")
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

    /// Any request with a body and headers as they are.
    pub async fn send(&self, method: Method, address: &str, body: &[u8], headers: &[(&str, &str)]) -> Answer {
        // The local client leaves it out; every browser says it.
        let length = Header::new("Content-Length", body.len().to_string());
        let mut request = self.client.req(method, address.to_owned()).header(length).body(body);
        for (name, value) in headers {
            request.add_header(Header::new((*name).to_owned(), (*value).to_owned()));
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

    /// The numbers in the tally's table, in the order of the choices.
    pub fn tally(&self) -> Vec<u64> {
        tally_of(&self.body)
    }
}

/// The numbers in the tally's table of a page.
pub fn tally_of(page: &str) -> Vec<u64> {
    let table = page.split("<tbody>").nth(1).and_then(|rest| rest.split("</tbody>").next()).expect("a tally");
    table
        .split("class=\"count\">")
        .skip(1)
        .map(|cell| cell.split('<').next().unwrap_or_default().replace(',', "").parse().expect("a number"))
        .collect()
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

/// An open poll to be made.
pub fn new_poll(slug: &str, keys: &[&str]) -> NewPoll {
    let choice = |key: &&str| NewChoice { key: (*key).into(), label: (*key).into(), ..NewChoice::default() };
    NewPoll {
        slug: slug.into(),
        title: format!("Which of {slug}?"),
        choices: keys.iter().map(choice).collect(),
        ..NewPoll::default()
    }
}
