//! The results' files: who gets them, what they have, and that counting them again gives the page's outcome.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use rocket::http::{Method as Verb, Status};
use urna::{
    count::{self, Ballots, Method},
    formats::{self, Format},
    marks::Kind,
    models::{
        self,
        eligibility::Eligibility,
        marking::Marking,
        new_poll::NewPoll,
        poll::{Definition, Poll, Which},
        profile,
        visibility::Visibility,
    },
    words::{
        json,
        report::{Heading, report},
    },
};

use crate::helpers::{
    app::{Answer, App, WithSettings as _, new_poll},
    database::TestDatabase,
    on_both,
    server::{bare_command, output},
    votes::poll_by,
};

on_both!(
    files_are_there_as_far_as_the_tally_is,
    the_organiser_gets_what_others_do_not,
    a_draft_is_its_organisers_alone,
    an_export_counts_to_the_pages_outcome,
    the_command_line_counts_to_the_served_outcome,
    single_ballots_of_open_polls_have_their_times,
    single_ballots_of_secret_polls_show_neither_order_nor_time,
    many_single_ballots_come_whole,
    sizes_are_those_of_the_files,
    files_are_known_again_and_saved_under_their_names,
    no_label_is_a_formula,
    malformed_names_are_not_found,
);

const FILES: [&str; 9] = [
    "profile.csv",
    "profile.json",
    "profile.preflib",
    "profile.blt",
    "profile.cef",
    "ballots.csv",
    "ballots.jsonl",
    "outcome.json",
    "report.txt",
];

async fn file(app: &App, slug: &str, name: &str) -> Answer {
    let answer = app.get(&format!("/polls/{slug}/results/{name}")).await;
    assert_eq!(answer.status, Status::Ok, "{name}: {}", answer.body);
    answer
}

async fn close(app: &App, poll: &Poll) {
    poll.close(&mut app.db().await, None).await.unwrap();
}

async fn files_are_there_as_far_as_the_tally_is(database: TestDatabase) {
    let app = App::start(database).await;
    for credential in [Eligibility::Open, Eligibility::Browser] {
        for &results in Visibility::ALL {
            let slug = format!("{}-{}", credential.as_str(), results.as_str());
            let new = new_poll(&slug, &["gummi", "pita"]).with(|s| {
                s.eligibility = credential;
                s.results_visibility = results;
                s.turnout_visibility = Visibility::Organiser;
            });
            let poll = app.create(&new).await;
            let voter = app.browser();
            voter.get(&format!("/polls/{slug}")).await;
            assert_eq!(voter.add(&format!("poll={slug}&vote=pita")).await.status, Status::SeeOther);
            for closed in [false, true] {
                if closed {
                    close(&app, &poll).await;
                }
                for voted in [false, true] {
                    let sees = match results {
                        Visibility::Always => true,
                        Visibility::Voted => voted || closed,
                        Visibility::Closed => closed,
                        Visibility::Organiser => false,
                    };
                    let case = format!("{slug}, voted: {voted}, closed: {closed}");
                    let get = async |address: String| {
                        if voted { voter.get(&address).await } else { app.get(&address).await }
                    };
                    let page = get(format!("/polls/{slug}/results")).await;
                    assert_eq!(page.status, Status::Ok, "{case}");
                    assert_eq!(page.body.contains("class=\"count\""), sees, "{case}");
                    assert_eq!(page.body.contains("profile.csv"), sees, "{case}");
                    // Once it is closed the order of the lots names the choices.
                    assert_eq!(page.body.contains("pita"), sees || closed, "{case}: {}", page.body);
                    assert!(page.body.contains(&poll.commitment()), "{case}");
                    assert_eq!(page.body.contains(&poll.seed), closed, "{case}");
                    // What depends on who asks is nobody else's.
                    let private = credential != Eligibility::Open || results != Visibility::Always && !(closed && sees);
                    let private = private || results == Visibility::Voted;
                    assert_eq!(page.all("vary") == ["Cookie"], private, "{case}");
                    for name in FILES {
                        let answer = get(format!("/polls/{slug}/results/{name}")).await;
                        let status = if sees { Status::Ok } else { Status::Forbidden };
                        assert_eq!(answer.status, status, "{case}, {name}");
                        assert_eq!(answer.body.contains("pita"), sees, "{case}, {name}: {}", answer.body);
                        assert!(answer.header("cache-control").unwrap().contains("no-"), "{case}, {name}");
                    }
                }
            }
        }
    }
    // Before it opens there is nothing to see, and nothing breaks.
    let later = new_poll("later", &["a", "b"]).with(|s| s.opens_at = models::now() + TimeDelta::hours(1));
    app.create(&later).await;
    assert!(app.get("/polls/later/results").await.body.contains("No votes yet."));
    for name in FILES {
        file(&app, "later", name).await;
    }
}

async fn the_organiser_gets_what_others_do_not(database: TestDatabase) {
    let app = App::start(database).await;
    let (ada, bob) = (app.organiser("ada").await, app.organiser("bob").await);
    let id = app.database.number("SELECT id FROM organisers WHERE uid = 'ada'").await;
    for &results in Visibility::ALL {
        let slug = results.as_str();
        let new = NewPoll {
            organiser_id: Some(id),
            ..new_poll(slug, &["gummi", "pita"]).with(|s| s.results_visibility = results)
        };
        let poll = app.create(&new).await;
        app.cast(slug, "gummi").await;
        for address in [format!("/polls/{slug}/results"), format!("/polls/{slug}/results/profile.csv")] {
            let sees = async |who: &crate::helpers::app::Organiser<'_>| who.get(&address).await.body.contains("gummi");
            // “Until then nobody can see them, not even you.”
            assert_eq!(sees(&ada).await, results != Visibility::Closed, "{address}");
            assert_eq!(sees(&bob).await, results == Visibility::Always, "{address}");
            let hers = ada.get(&address).await;
            // An error is nobody's to keep either.
            let own = matches!(results, Visibility::Voted | Visibility::Organiser) || hers.status != Status::Ok;
            assert_eq!(hers.header("cache-control") == Some("no-store"), own, "{address}");
            // Nothing of hers is kept for others.
            assert_eq!(app.get(&address).await.body.contains("gummi"), results == Visibility::Always, "{address}");
        }
        close(&app, &poll).await;
        let shown = app.get(&format!("/polls/{slug}/results")).await.body.contains("class=\"count\"");
        assert_eq!(shown, results != Visibility::Organiser, "{slug}");
    }
}

async fn a_draft_is_its_organisers_alone(database: TestDatabase) {
    let app = App::start(database).await;
    let ada = app.organiser("ada").await;
    let id = app.database.number("SELECT id FROM organisers").await;
    app.create(&NewPoll { draft: true, organiser_id: Some(id), ..new_poll("draft", &["a", "b"]) }).await;
    for name in ["", "/profile.csv", "/ballots.csv"] {
        let address = format!("/polls/draft/results{name}");
        assert_eq!(app.get(&address).await.status, Status::NotFound);
        let hers = ada.get(&address).await;
        assert_eq!((hers.status, hers.header("cache-control")), (Status::Ok, Some("no-store")), "{}", hers.body);
    }
}

/// Ballots that hold what a method can be given: blanks, ties, shared ranks, labels with every sign.
fn votes(kind: Kind, ties: bool) -> Vec<(&'static str, usize)> {
    match kind {
        Kind::Pick => vec![("a", 4), ("b", 4), ("c", 2), ("", 1)],
        Kind::Approval => vec![("a,b", 4), ("b", 1), ("c,d", 5), ("", 1)],
        Kind::Score => vec![("a:7,b:0,c:3", 5), ("b:7,c:6", 5), ("c:2,d:2", 3), ("d:0", 1), ("", 1)],
        Kind::Ranking if ties => vec![("a>b=c", 4), ("b>c>a", 4), ("c=d>a", 3), ("d", 2), ("", 1)],
        Kind::Ranking => vec![("a>b>c", 4), ("b>c>a", 4), ("c>d>a", 3), ("d", 2), ("d>a", 1), ("", 1)],
    }
}

async fn an_export_counts_to_the_pages_outcome(database: TestDatabase) {
    let app = App::start(database).await;
    let labels = ["=SUM(A1) ; rm", "“Gummi”, \"the\" cat > dog = cat", "'+1' # * / \\ é", "0"];
    for method in Method::ALL {
        for (seats, closed) in [(1, true), (1, false), (2, true)] {
            if seats > 1 && !method.takes_seats() {
                continue;
            }
            let slug = format!("{}-{seats}-{closed}", method.as_str());
            let marking = Marking { method, seats, highest: 7, abstaining: true, ..Marking::default() };
            let form = marking.form();
            let mut new = new_poll(&slug, &["a", "b", "c", "d"]).with(|s| s.set_marking(marking));
            for (choice, label) in new.choices.iter_mut().zip(labels) {
                choice.label = label.into();
            }
            let poll = app.create(&new).await;
            app.cast_marks(&poll, &votes(form.kind, form.ties)).await;
            if closed {
                close(&app, &poll).await;
            }
            let mut db = app.db().await;
            let definition = Definition::find(&mut db, &Which::Slug(slug.clone())).await.unwrap().unwrap();
            let state = definition.poll.state(models::now());
            let profile = profile::read(&mut db, poll.id).await.unwrap();
            let expected = definition.count(state, &profile).unwrap();
            let served = file(&app, &slug, "outcome.json").await.body;
            let (mut held, page) = (0, app.get(&format!("/polls/{slug}/results")).await.body);
            for format in Format::ALL.into_iter().filter(|format| *format != Format::Rows) {
                let name = format!("profile.{}", format.as_str());
                let answer = app.get(&format!("/polls/{slug}/results/{name}")).await;
                assert_eq!(answer.status == Status::Ok, page.contains(&format!("/{name}\"")), "{slug}, {name}");
                if answer.status != Status::Ok {
                    assert_eq!(form.kind, Kind::Score, "{slug}, {name}: {}", answer.body);
                    continue;
                }
                held += 1;
                // As `urna count FILE` does, with nothing but the file.
                let saved = answer.header("content-disposition").unwrap().split('"').nth(1).unwrap().to_owned();
                assert_eq!(Format::detect(&answer.body, &saved), format, "{saved}");
                let election = formats::read(answer.body.as_bytes(), format, None)
                    .unwrap_or_else(|error| panic!("{slug}, {name}: {error}\n{}", answer.body));
                let (keys, labels) = (election.keys(), election.labels());
                let contest = election.contest(&keys, &labels);
                let ballots = Ballots::read(election.kind, &keys, &election.profile).unwrap();
                let outcome = count::count(election.usual_method(), &contest, &ballots).unwrap();
                assert_eq!(outcome, expected, "{slug}, {name}:\n{}", answer.body);
                let seed = election.seed.as_deref().filter(|_| election.lots.is_none());
                let heading = Heading { title: &election.title, seed };
                let json = serde_json::to_string_pretty(&json::object(&outcome, &heading, &contest)).unwrap();
                assert_eq!(json.trim(), served.trim(), "{slug}, {name}");
                assert_eq!(report(&outcome, &heading, &contest), file(&app, &slug, "report.txt").await.body);
            }
            assert_eq!(held, if form.kind == Kind::Score { 3 } else { 5 }, "{slug}");
        }
    }
}

async fn the_command_line_counts_to_the_served_outcome(database: TestDatabase) {
    let app = App::start(database).await;
    let folder = tempfile::tempdir().unwrap();
    for method in [Method::Plurality, Method::Stv, Method::Star, Method::RankedPairsMargins] {
        let marking = Marking { method, abstaining: true, highest: 7, ..Marking::default() };
        let form = marking.form();
        let poll = app.create(&new_poll(method.as_str(), &["a", "b", "c", "d"]).with(|s| s.set_marking(marking))).await;
        app.cast_marks(&poll, &votes(form.kind, form.ties)).await;
        close(&app, &poll).await;
        let outcome = file(&app, method.as_str(), "outcome.json").await.body;
        let report = file(&app, method.as_str(), "report.txt").await.body;
        let page = app.get(&format!("/polls/{}/results", method.as_str())).await.body;
        for name in FILES.into_iter().filter(|name| name.starts_with("profile")) {
            if !page.contains(&format!("/{name}\"")) {
                continue;
            }
            let answer = file(&app, method.as_str(), name).await;
            let saved = answer.header("content-disposition").unwrap().split('"').nth(1).unwrap();
            let path = folder.path().join(saved);
            std::fs::write(&path, &answer.body).unwrap();
            for (flags, expected) in [(&["--json"][..], &outcome), (&[][..], &report)] {
                let (status, stdout, error) = output(bare_command().arg("count").arg(&path).args(flags));
                assert_eq!((status, stdout.as_str(), error.as_str()), (0, expected.as_str(), ""), "{method:?}, {name}");
            }
        }
        // The page names the command for the table.
        assert!(page.contains(&format!("<code>urna count {}.csv</code>", method.as_str())), "{page}");
    }
}

async fn single_ballots_of_open_polls_have_their_times(database: TestDatabase) {
    let app = App::start(database).await;
    app.poll("tea", &["gummi", "pita"]).await;
    let before = models::now();
    for vote in ["pita", "gummi", "pita"] {
        app.cast("tea", vote).await;
    }
    let table = file(&app, "tea", "ballots.csv").await;
    let mut lines = table.body.lines();
    assert_eq!(lines.next(), Some("cast_at,marks"));
    let rows: Vec<(&str, &str)> = lines.map(|line| line.split_once(',').unwrap()).collect();
    assert_eq!(rows.iter().map(|(_, marks)| *marks).collect::<Vec<_>>(), ["pita", "gummi", "pita"]);
    assert!(rows.is_sorted_by_key(|(time, _)| *time), "{rows:?}");
    let first = chrono::NaiveDateTime::parse_from_str(rows[0].0, "%Y-%m-%dT%H:%M:%S%.6fZ").unwrap();
    assert!(before <= first && first <= models::now(), "{first}");
    let lines = file(&app, "tea", "ballots.jsonl").await;
    let objects: Vec<BTreeMap<String, String>> =
        lines.body.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for ((time, marks), object) in rows.iter().zip(&objects) {
        assert_eq!((object["cast_at"].as_str(), object["marks"].as_str()), (*time, *marks));
    }
}

async fn single_ballots_of_secret_polls_show_neither_order_nor_time(database: TestDatabase) {
    let app = App::start(database).await;
    let votes = [("pita", 1), ("gummi", 2), ("pita", 2), ("cleo", 1)];
    let mut all = Vec::new();
    for (slug, reversed) in [("one", false), ("two", true)] {
        let new = new_poll(slug, &["gummi", "pita", "cleo"]).with(|s| s.eligibility = Eligibility::Browser);
        let poll = app.create(&new).await;
        for n in 0..votes.len() {
            let (marks, _) = votes[if reversed { votes.len() - 1 - n } else { n }];
            let browser = app.browser();
            browser.get(&format!("/polls/{slug}")).await;
            assert_eq!(browser.add(&format!("poll={slug}&vote={marks}")).await.status, Status::SeeOther);
        }
        for closed in [false, true] {
            if closed {
                close(&app, &poll).await;
            }
            let files = [file(&app, slug, "ballots.csv").await.body, file(&app, slug, "ballots.jsonl").await.body];
            let year = models::now().format("%Y").to_string();
            assert!(files.iter().all(|text| !text.contains(&year) && !text.contains("cast_at")), "{files:?}");
            all.push(files);
        }
        // Nor does any other file show when it was cast or by whom.
        for name in FILES {
            assert!(!file(&app, slug, name).await.body.contains("cast_at"), "{name}");
        }
    }
    // Cast the other way round, open or closed: the same bytes.
    assert!(all.iter().all(|files| *files == all[0]), "{all:?}");
    assert_eq!(all[0][0], "marks\r\ncleo\r\ngummi\r\npita\r\npita\r\n");
}

async fn many_single_ballots_come_whole(database: TestDatabase) {
    let app = App::start(database).await;
    for credential in [Eligibility::Open, Eligibility::Browser] {
        let slug = credential.as_str();
        let poll = app.create(&poll_by(Method::Irv, &["a", "b", "c"]).with(|s| s.eligibility = credential)).await;
        let poll = Poll { slug: poll.slug.clone(), ..poll };
        app.cast_marks(&poll, &[("a>b", 2500), ("b>a>c", 2000), ("c", 501)]).await;
        let text = file(&app, "irv", "ballots.jsonl").await.body;
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for line in text.lines() {
            *counts.entry(line.rsplit("\"marks\":").next().unwrap()).or_default() += 1;
        }
        assert_eq!(counts, BTreeMap::from([("\"a>b\"}", 2500), ("\"b>a>c\"}", 2000), ("\"c\"}", 501)]), "{slug}");
        poll.remove(&mut app.db().await).await.unwrap();
    }
}

async fn sizes_are_those_of_the_files(database: TestDatabase) {
    let app = App::start(database).await;
    for (slug, credential) in [("open", Eligibility::Open), ("secret", Eligibility::Browser)] {
        let marking = Marking { method: Method::Score, abstaining: true, ..Marking::default() };
        let poll = app
            .create(&new_poll(slug, &["a", "b"]).with(|s| {
                s.eligibility = credential;
                s.set_marking(marking);
            }))
            .await;
        app.cast_marks(&poll, &[("a:1,b:5", 3), ("b:0", 2), ("", 1)]).await;
        let page = app.get(&format!("/polls/{slug}/results")).await.body;
        for name in FILES.into_iter().filter(|name| !["profile.blt", "profile.cef"].contains(name)) {
            let size = file(&app, slug, name).await.body.len();
            let shown = if size < 1000 { format!("{size} B") } else { format!("{} kB", size.div_ceil(1000)) };
            let link = page.split(&format!("/results/{name}\"")).nth(1).unwrap_or_else(|| panic!("no {name}"));
            let span = link.split("<span class=\"size\">").nth(1).unwrap();
            assert!(span.starts_with(&format!("{shown}<")), "{slug}, {name}: {size}, {}", &span[..20]);
        }
        assert!(page.contains("BLT has no scores.") && !page.contains("profile.blt\""), "{page}");
    }
}

async fn files_are_known_again_and_saved_under_their_names(database: TestDatabase) {
    let app = App::start(database).await;
    let poll = app.create(&poll_by(Method::Irv, &["a", "b"])).await;
    app.cast_marks(&poll, &[("a>b", 2)]).await;
    let types = [
        ("profile.csv", "irv.csv", "text/csv; charset=utf-8"),
        ("profile.json", "irv.json", "application/json"),
        ("profile.preflib", "irv.soc", "text/plain; charset=utf-8"),
        ("profile.cef", "irv.cvotes", "text/plain; charset=utf-8"),
        ("ballots.csv", "irv-ballots.csv", "text/csv; charset=utf-8"),
        ("report.txt", "irv-report.txt", "text/plain; charset=utf-8"),
    ];
    for (name, saved_as, content_type) in types {
        let answer = file(&app, "irv", name).await;
        assert_eq!(answer.all("content-type"), [content_type], "{name}");
        assert_eq!(answer.all("content-disposition"), [format!("attachment; filename=\"{saved_as}\"")]);
        assert_eq!(answer.all("x-content-type-options"), ["nosniff"], "{name}");
        let head = app.send(Verb::Head, &format!("/polls/irv/results/{name}"), b"", &[]).await;
        assert_eq!((head.status, head.body.as_str()), (Status::Ok, ""), "{name}");
        assert_eq!(head.header("content-disposition"), answer.header("content-disposition"), "{name}");
    }
    for address in ["/polls/irv/results", "/polls/irv/results/profile.csv"] {
        let etag = app.get(address).await.header("etag").unwrap().to_owned();
        let again = app.get_with(address, "If-None-Match", &etag).await;
        assert_eq!((again.status, again.body.as_str()), (Status::NotModified, ""), "{address}");
        app.cast_marks(&poll, &[("b>a", 1)]).await;
        let again = app.get_with(address, "If-None-Match", &etag).await;
        assert_eq!(again.status, Status::Ok, "{address}");
        assert_ne!(again.header("etag"), Some(etag.as_str()), "{address}");
    }
}

async fn no_label_is_a_formula(database: TestDatabase) {
    let app = App::start(database).await;
    let mut new = new_poll("tea", &["a", "b", "c", "d"]);
    for (choice, label) in new.choices.iter_mut().zip(["=1+1", "+1", "-1", "@cmd"]) {
        choice.label = label.into();
    }
    new.settings.title = "=HYPERLINK(\"http://elsewhere.invalid\")".into();
    app.create(&new).await;
    app.cast("tea", "a").await;
    for name in ["profile.csv", "ballots.csv"] {
        let table = file(&app, "tea", name).await.body;
        let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(table.as_bytes());
        for record in reader.records() {
            for cell in record.unwrap().iter() {
                assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "{name}: {cell}");
            }
        }
    }
}

async fn malformed_names_are_not_found(database: TestDatabase) {
    let app = App::start(database).await;
    app.poll("tea", &["a", "b"]).await;
    for name in
        ["profile", "profile.rows", "profile.csv.csv", "PROFILE.CSV", "..", "%2e%2e", "%00", "ballots.csv%20", "%C3%A9"]
    {
        let answer = app.get(&format!("/polls/tea/results/{name}")).await;
        assert_eq!(answer.status, Status::NotFound, "{name}: {}", answer.body);
    }
    for slug in ["nothing", "UPPER", "a%2fb"] {
        for name in ["", "/profile.csv", "/ballots.csv"] {
            assert_eq!(app.get(&format!("/polls/{slug}/results{name}")).await.status, Status::NotFound, "{slug}{name}");
        }
    }
    let answer = app.send(Verb::Post, "/polls/tea/results/profile.csv", b"", &[]).await;
    assert_eq!(answer.status, Status::MethodNotAllowed);
}
