//! What makes a voter one voter: a browser's cookie, an invitation's link or code.

use data_encoding::{BASE64, HEXLOWER};
use rocket::{
    futures::future::{join, join_all},
    http::{Method, Status},
};
use urna::models::{
    eligibility::Eligibility,
    new_poll::NewPoll,
    poll::{Definition, Which},
    visibility::Visibility,
};

use crate::helpers::{
    app::{Answer, App, Organiser, WithSettings as _, form, new_poll},
    database::{Stored, TestDatabase},
    fields::unescape,
    on_both,
};

on_both!(
    a_browser_has_one_ballot,
    the_cookie_of_a_browser_holds_a_random_number,
    the_cookie_of_a_browser_works_without_https_in_development,
    many_polls_do_not_make_the_cookies_large,
    receipts_of_an_earlier_urna_are_put_together,
    without_a_cookie_nothing_is_counted,
    a_forged_cookie_counts_nothing,
    a_browser_that_sends_a_hundred_at_once_has_one_ballot,
    a_link_never_votes_by_itself,
    a_link_and_its_code_are_one_invitation,
    a_code_is_read_as_it_is_typed,
    a_link_is_read_with_what_was_put_around_it,
    what_is_no_invitation_is_refused_with_its_reason,
    a_used_invitation_is_known,
    no_search_engine_shows_what_is_not_listed,
    a_hundred_at_once_with_one_code_have_one_ballot,
    a_second_voter_at_one_browser_can_type_a_code,
    ballots_of_all_kinds_in_one_batch_are_kept_apart,
    invitations_are_revoked_while_people_vote,
    invitations_are_created_and_revoked_with_care,
    no_code_is_stored_and_nothing_links_one_to_a_ballot,
);

const COOKIE: &str = "__Host-urna-browser";

/// What a page has for whoever has voted.
const VOTED: &str = r#"id="already" role="status" tabindex="-1" class="in""#;

async fn create(app: &App, slug: &str, eligibility: Eligibility) {
    app.create(&new_poll(slug, &["gummi", "pita"]).with(|s| s.eligibility = eligibility)).await;
}

/// An organiser with a poll by invitation.
async fn host<'a>(app: &'a App, slug: &str) -> Organiser<'a> {
    let ada = app.organiser("ada").await;
    invited(app, slug, Visibility::Always).await;
    ada
}

async fn invited(app: &App, slug: &str, results_visibility: Visibility) {
    let ada = urna::models::organiser::Organiser::find(&mut app.db().await, "ada").await.unwrap().unwrap();
    let poll = new_poll(slug, &["gummi", "pita"]);
    app.create(&NewPoll {
        organiser_id: Some(ada.id),
        ..poll.with(|s| {
            s.eligibility = Eligibility::Invitation;
            s.results_visibility = results_visibility;
        })
    })
    .await;
}

struct Slip {
    code: String,
    token: String,
}

/// Makes invitations on the organiser's page, and reads the slips.
async fn invite(ada: &Organiser<'_>, slug: &str, number: usize) -> Vec<Slip> {
    let answer = ada.invite(slug, number).await;
    assert_eq!((answer.status, answer.header("cache-control")), (Status::Ok, Some("no-store")), "{}", answer.body);
    let of = |class: &str| -> Vec<String> {
        let tag = format!("<p class=\"{class}\">");
        let parts = answer.body.split(&tag).skip(1);
        parts.map(|part| unescape(part.split('<').next().unwrap())).collect()
    };
    let token = |link: &String| link.rsplit("/i/").next().unwrap().to_owned();
    let slips: Vec<Slip> =
        of("code").into_iter().zip(of("address").iter().map(token)).map(|(code, token)| Slip { code, token }).collect();
    assert_eq!(slips.len(), number);
    assert_eq!(answer.body.matches("<svg").count(), number, "each has a QR code");
    slips
}

fn vote(slug: &str, vote: &str, code: &str) -> String {
    form(&[("poll", slug), ("vote", vote), ("code", code)])
}

fn went_to(answer: &Answer, address: &str) {
    assert_eq!((answer.status, answer.header("location")), (Status::SeeOther, Some(address)), "{}", answer.body);
}

async fn a_browser_has_one_ballot(database: TestDatabase) {
    let app = App::start(database).await;
    app.poll("first", &["a", "b"]).await;
    create(&app, "tea", Eligibility::Browser).await;
    create(&app, "coffee", Eligibility::Browser).await;
    let (one, two) = (app.browser(), app.browser());
    for browser in [&one, &two] {
        assert_eq!(browser.get("/polls/tea").await.status, Status::Ok);
    }
    went_to(&one.add("poll=tea&vote=gummi").await, "/polls/tea#counted");
    let page = one.get("/polls/tea").await;
    assert!(page.body.contains(r#"id="already" role="status" tabindex="-1" class="in""#), "{}", page.body);
    assert!(
        !page.body.contains(r#"action="/add""#) && !page.body.contains(r#"value="pita" checked>"#),
        "{}",
        page.body
    );
    for second in ["gummi", "pita", "pita&key=other"] {
        went_to(&one.add(&format!("poll=tea&vote={second}")).await, "/polls/tea#already");
    }
    went_to(&two.add("poll=tea&vote=pita").await, "/polls/tea#counted");
    went_to(&one.add("poll=coffee&vote=pita").await, "/polls/coffee#counted");
    assert_eq!(app.tally("/polls/tea").await, [1, 1]);
    assert_eq!(app.database.stored().await, Stored::of(3, 3));
    assert_eq!(
        app.database.number("SELECT count(DISTINCT hash) FROM credentials").await,
        3,
        "a browser has another hash in each poll"
    );
    // Another process knows the browser too, and after the close the answer is the same.
    let cookie = one.cookie(COOKIE).unwrap();
    let (twin, again) = (app.twin().await, app.browser());
    again.set_cookie(COOKIE, &cookie);
    app.database.execute("UPDATE polls SET closes_at = opens_at, opens_at = '2026-01-01 00:00:00', revision = revision + 1; UPDATE site SET revision = revision + 1").await;
    went_to(&again.add("poll=tea&vote=pita").await, "/polls/tea#already");
    let other = twin.browser();
    other.set_cookie(COOKIE, &cookie);
    went_to(&other.add("poll=tea&vote=pita").await, "/polls/tea#already");
    assert_eq!(twin.tally("/polls/tea").await, [1, 1]);
}

async fn the_cookie_of_a_browser_holds_a_random_number(database: TestDatabase) {
    let app = App::start(database).await;
    create(&app, "tea", Eligibility::Browser).await;
    let mut numbers = Vec::new();
    for address in ["/polls/tea", "/"] {
        let answer = app.get(address).await;
        let mut attributes: Vec<&str> = answer.header("set-cookie").unwrap().split("; ").skip(1).collect();
        attributes.sort_unstable();
        assert_eq!(attributes, ["HttpOnly", "Max-Age=34560000", "Path=/", "SameSite=Lax", "Secure"]);
        let response = app.client.get(address).dispatch().await;
        let cookie = response.cookies().get_private(COOKIE).expect("a sealed cookie");
        numbers.push(cookie.value().to_owned());
    }
    assert_ne!(numbers[0], numbers[1]);
    assert!(numbers.iter().all(|n| n.len() == 32 && n.bytes().all(|b| b.is_ascii_hexdigit())), "{numbers:?}");
    // Once, and nobody else: no cookie where nothing is asked of a browser.
    let browser = app.browser();
    assert_eq!(browser.get("/polls/tea").await.all("set-cookie").len(), 1);
    assert_eq!(browser.get("/polls/tea").await.all("set-cookie").len(), 0);
    app.poll("free", &["a", "b"]).await;
    assert_eq!(app.get("/polls/free").await.all("set-cookie").len(), 0);
    assert_eq!(app.add("poll=free&vote=a").await.all("set-cookie").len(), 0);
    // What says that a ballot is in says not which.
    let answer = browser.add("poll=tea&vote=gummi").await;
    assert!(answer.all("set-cookie").iter().all(|cookie| !cookie.contains("gummi")), "{:?}", answer.all("set-cookie"));
}

async fn many_polls_do_not_make_the_cookies_large(database: TestDatabase) {
    const POLLS: usize = 160;
    let app = App::start(database).await;
    let browser = app.browser();
    for n in 0..POLLS {
        create(&app, &format!("poll-{n}"), Eligibility::Browser).await;
    }
    browser.get("/polls/poll-0").await;
    for n in 0..POLLS {
        went_to(&browser.add(&format!("poll=poll-{n}&vote=gummi")).await, &address(n, "counted"));
    }
    assert_eq!(browser.cookies(), ["__Host-urna-browser", "__Host-urna-voted"]);
    let bytes: usize = browser.cookies().iter().map(|name| name.len() + browser.cookie(name).unwrap().len() + 3).sum();
    assert!(bytes < 3000, "{bytes} bytes of cookies");
    let voted = async |n: usize| browser.get(&format!("/polls/poll-{n}")).await.body.contains(VOTED);
    assert!(voted(POLLS - 1).await && voted(POLLS - 150).await);
    assert!(!voted(POLLS - 151).await, "the oldest is forgotten first");
    // What is forgotten counts once all the same, and is known again.
    went_to(&browser.add("poll=poll-0&vote=pita").await, &address(0, "already"));
    assert!(voted(0).await && voted(POLLS - 149).await && !voted(POLLS - 150).await);
    went_to(&browser.add("poll=poll-0&vote=pita").await, &address(0, "already"));
    assert!(voted(POLLS - 149).await, "known once");
    assert_eq!(app.database.stored().await, Stored::of(POLLS as i64, POLLS as i64));
}

/// Where a vote leads to: the first poll of all is on the first page.
fn address(n: usize, fragment: &str) -> String {
    if n == 0 { format!("/#{fragment}") } else { format!("/polls/poll-{n}#{fragment}") }
}

async fn receipts_of_an_earlier_urna_are_put_together(database: TestDatabase) {
    let app = App::start(database).await;
    app.poll("first", &["a", "b"]).await;
    create(&app, "tea", Eligibility::Browser).await;
    let poll = Definition::find(&mut app.db().await, &Which::Slug("tea".into())).await.unwrap().unwrap().poll;
    let made_at = poll.created_at.and_utc().timestamp_micros().to_string();
    let mut request = app.client.get("/polls/tea");
    for id in poll.id..poll.id + 30 {
        request = request.private_cookie((format!("__Host-urna-voted-{id}"), made_at.clone()));
    }
    let answer = Answer::read(request.dispatch().await).await;
    assert!(answer.body.contains(VOTED), "{}", answer.body);
    let set = answer.all("set-cookie");
    let removed = set.iter().filter(|cookie| cookie.contains("urna-voted-") && cookie.contains("Max-Age=0")).count();
    assert_eq!(removed, 10, "a few at once, or a proxy refuses the answer: {set:?}");
    let bytes: usize = set.iter().map(|cookie| cookie.len() + "set-cookie: \r\n".len()).sum();
    assert!(bytes < 3500, "{bytes}");
    let kept = set.iter().find(|cookie| cookie.starts_with("__Host-urna-voted=")).unwrap().split(';').next().unwrap();
    let again = app.send(Method::Get, "/polls/tea", b"", &[("Cookie", kept)]).await;
    assert!(again.body.contains(VOTED), "{}", again.body);
}

async fn the_cookie_of_a_browser_works_without_https_in_development(database: TestDatabase) {
    let app = App::start_in_development(database).await;
    create(&app, "tea", Eligibility::Browser).await;
    let browser = app.browser();
    browser.get("/polls/tea").await;
    assert_eq!(browser.cookies(), ["urna-browser"]);
    went_to(&browser.add("poll=tea&vote=gummi").await, "/polls/tea#counted");
    went_to(&browser.add("poll=tea&vote=gummi").await, "/polls/tea#already");
}

async fn without_a_cookie_nothing_is_counted(database: TestDatabase) {
    let app = App::start(database).await;
    create(&app, "tea", Eligibility::Browser).await;
    let browser = app.browser();
    let answer = browser.add("poll=tea&vote=pita").await;
    assert_eq!(answer.status, Status::UnprocessableEntity, "{}", answer.body);
    assert!(answer.body.contains("Your browser sent no cookie. This poll needs one"));
    assert!(
        answer.body.contains(r#"value="pita" checked>"#) && answer.body.contains("error-summary"),
        "{}",
        answer.body
    );
    assert_eq!(app.database.stored().await, Stored::of(0, 0));
    // It has one by now.
    went_to(&browser.add("poll=tea&vote=pita").await, "/#counted");
    assert_eq!(app.database.stored().await, Stored::of(1, 1));
}

async fn a_forged_cookie_counts_nothing(database: TestDatabase) {
    let app = App::start(database).await;
    create(&app, "tea", Eligibility::Browser).await;
    let honest = app.browser();
    honest.get("/polls/tea").await;
    let value = honest.cookie(COOKIE).unwrap();
    honest.add("poll=tea&vote=pita").await;
    let receipt = honest.cookies().into_iter().find(|name| name.contains("voted")).unwrap();
    let other = honest.cookie(&receipt).unwrap();
    let swapped = format!("{}{}", if value.starts_with('A') { "B" } else { "A" }, &value[1..]);
    for forged in ["", "1", "0123456789abcdef0123456789abcdef", &swapped, &value[..value.len() - 4], &other, "%00"] {
        let browser = app.browser();
        browser.set_cookie(COOKIE, forged);
        let answer = browser.add("poll=tea&vote=gummi").await;
        assert_eq!(answer.status, Status::UnprocessableEntity, "{forged}: {}", answer.body);
        assert_ne!(browser.cookie(COOKIE).as_deref(), Some(forged), "it is given one of its own");
    }
    // Nor does a forged receipt show what only voters see.
    let browser = app.browser();
    browser.set_cookie(&receipt, &value);
    assert!(browser.get("/polls/tea").await.body.contains(r#"action="/add""#));
    assert_eq!(app.database.stored().await, Stored::of(1, 1));
}

async fn a_browser_that_sends_a_hundred_at_once_has_one_ballot(database: TestDatabase) {
    let app = App::start(database).await;
    create(&app, "tea", Eligibility::Browser).await;
    let (browser, twin) = (app.browser(), app.twin().await);
    browser.get("/polls/tea").await;
    let other = twin.browser();
    other.set_cookie(COOKIE, &browser.cookie(COOKIE).unwrap());
    let here = join_all((0..50).map(|_| browser.add("poll=tea&vote=gummi")));
    let there = join_all((0..50).map(|_| other.add("poll=tea&vote=pita")));
    let (here, there) = join(here, there).await;
    let places: Vec<_> = here.iter().chain(&there).map(|answer| answer.header("location").unwrap()).collect();
    assert_eq!(places.iter().filter(|place| **place == "/#counted").count(), 1, "{places:?}");
    assert_eq!(places.iter().filter(|place| **place == "/#already").count(), 99);
    assert_eq!(app.database.stored().await, Stored::of(1, 1));
}

async fn a_link_never_votes_by_itself(database: TestDatabase) {
    let app = App::start(database).await;
    let ada = host(&app, "tea").await;
    let slips = invite(&ada, "tea", 1).await;
    let link = format!("/i/{}", slips[0].token);
    for _ in 0..10 {
        let page = app.get(&link).await;
        assert_eq!((page.status, page.header("cache-control")), (Status::Ok, Some("no-store")));
        assert_eq!(page.all("set-cookie").len(), 0);
        let hidden = format!(r#"<input type="hidden" name="code" value="{}">"#, slips[0].token);
        assert!(page.body.contains(&hidden) && page.body.contains("You have not voted yet"), "{}", page.body);
        assert_eq!(app.send(Method::Head, &link, b"", &[]).await.status, Status::Ok);
        for method in [Method::Post, Method::Put, Method::Delete, Method::Patch, Method::Options] {
            let answer = app.send(method, &link, b"vote=gummi", &[]).await;
            assert!(matches!(answer.status.code, 404 | 405), "{method}: {}", answer.status);
        }
    }
    assert_eq!(app.database.stored().await, Stored::of(0, 0));
    assert_eq!(app.database.number("SELECT count(*) FROM invitations").await, 1);
    went_to(&app.add(&vote("tea", "gummi", &slips[0].token)).await, "/#counted");
}

async fn a_link_and_its_code_are_one_invitation(database: TestDatabase) {
    let app = App::start(database).await;
    let ada = host(&app, "tea").await;
    let slips = invite(&ada, "tea", 2).await;
    went_to(&app.add(&vote("tea", "gummi", &slips[0].token)).await, "/#counted");
    went_to(&app.add(&vote("tea", "pita", &slips[0].code)).await, "/#already");
    went_to(&app.add(&vote("tea", "pita", &slips[1].code)).await, "/#counted");
    went_to(&app.add(&vote("tea", "gummi", &slips[1].token)).await, "/#already");
    assert_eq!(app.tally("/polls/tea").await, [1, 1]);
    assert_eq!(app.database.stored().await, Stored::of(2, 2));
    let page = ada.get("/polls/tea/invitations").await;
    assert!(page.body.contains("<b>2</b> of <b>2</b> used"), "{}", page.body);
}

async fn a_code_is_read_as_it_is_typed(database: TestDatabase) {
    let app = App::start(database).await;
    let ada = host(&app, "tea").await;
    type Typing = fn(&str) -> String;
    let typings: [Typing; 13] = [
        |code| code.to_lowercase(),
        |code| code.replace('-', ""),
        |code| code.replace('-', " "),
        |code| format!("  {code}\t\r\n"),
        |code| code.replace('-', "–").to_lowercase(),
        |code| code.chars().map(|c| format!("{c} ")).collect(),
        |code| code.replace('-', "\u{a0}-\u{a0}"),
        |code| format!("({code})."),
        |code| format!("“{code}”,"),
        |code| format!("\u{feff}{code}\u{200b}"),
        |code| code.replace('-', "\u{200b}-\u{ad}"),
        // Full-width, as an East Asian keyboard writes letters and digits.
        |code| code.chars().map(|c| char::from_u32(u32::from(c) + 0xFEE0).unwrap()).collect(),
        |code| {
            code.chars()
                .map(|c| if c.is_ascii_digit() { char::from_u32(u32::from(c) + 0xFEE0).unwrap() } else { c })
                .collect()
        },
    ];
    let slips = invite(&ada, "tea", typings.len()).await;
    for (slip, typing) in slips.iter().zip(typings) {
        let typed = typing(&slip.code);
        went_to(&app.add(&vote("tea", "gummi", &typed)).await, "/#counted");
        went_to(&app.add(&vote("tea", "gummi", &slip.code)).await, "/#already");
    }
    assert_eq!(app.tally("/polls/tea").await, [typings.len() as u64, 0]);
}

async fn a_link_is_read_with_what_was_put_around_it(database: TestDatabase) {
    let app = App::start(database).await;
    let ada = host(&app, "tea").await;
    let slip = &invite(&ada, "tea", 1).await[0];
    let hidden = format!(r#"<input type="hidden" name="code" value="{}">"#, slip.token);
    for after in [
        ".",
        ",",
        ")",
        "%3E",
        "%20",
        "%E2%80%8B",
        "%E2%80%9D",
        "...",
        ").",
        "'",
        "*",
        "_",
        ";",
        ":",
        "!",
        "]",
        "%7D",
        "%EF%BB%BF",
        "%C2%AD",
        "/",
        "/.",
        "//",
        "/more",
        "%2F",
        "%3Futm=1",
        "?utm_source=mail",
        "?",
        "%0A",
        "%EF%BC%8E",
    ] {
        let page = app.get(&format!("/i/{}{after}", slip.token)).await;
        assert_eq!(page.status, Status::Ok, "{after}: {}", page.body);
        assert!(page.body.contains(&hidden), "{after}: {}", page.body);
        assert_eq!(app.send(Method::Head, &format!("/i/{}{after}", slip.token), b"", &[]).await.status, Status::Ok);
    }
    for before in ["%20", "%3C", "(", "%E2%80%8B"] {
        assert_eq!(app.get(&format!("/i/{before}{}", slip.token)).await.status, Status::Ok, "{before}");
    }
    for broken in
        [format!("{}A", slip.token), slip.token[..21].to_owned(), format!("{}/{}", &slip.token[..9], &slip.token[9..])]
    {
        assert_eq!(app.get(&format!("/i/{broken}")).await.status, Status::NotFound, "{broken}");
    }
    assert_eq!(app.database.stored().await, Stored::of(0, 0));
    // The whole link where the code belongs, with another mistake first: it comes back as it was pasted.
    let link = format!("<https://vote.example/i/{}>.", slip.token);
    let answer = app.add(&vote("tea", "cleo", &link)).await;
    assert_eq!(answer.status, Status::UnprocessableEntity);
    let pasted = format!(r#"name="code" value="&lt;https://vote.example/i/{}&gt;.""#, slip.token);
    assert!(unescape(&answer.body).contains(&unescape(&pasted)), "{}", answer.body);
    went_to(&app.add(&vote("tea", "gummi", &link)).await, "/#counted");
    went_to(&app.add(&vote("tea", "gummi", &slip.code)).await, "/#already");
    for link in
        ["http://127.0.0.1:8000/i/TOKEN\u{200b}", "Here: https://a.example/i/TOKEN, by Sunday", "TOKEN ", "（TOKEN）"]
    {
        went_to(&app.add(&vote("tea", "gummi", &link.replace("TOKEN", &slip.token))).await, "/#already");
    }
    // Its organiser may paste it too.
    let other = &invite(&ada, "tea", 1).await[0];
    let pasted = form(&[("code", &format!("https://vote.example/i/{}.", other.token))]);
    went_to(&ada.send(Method::Delete, "/polls/tea/invitations", &pasted).await, "/polls/tea/invitations#revoked");
    // A link that opens nothing here leaves the way to another code.
    let answer = app.add(&vote("tea", "pita", &other.token)).await;
    assert!(answer.body.contains(r##"href="#code""##) && answer.body.contains(r#"id="code""#), "{}", answer.body);
    assert_eq!(app.database.stored().await, Stored::of(1, 1));
}

async fn what_is_no_invitation_is_refused_with_its_reason(database: TestDatabase) {
    let app = App::start(database).await;
    let ada = host(&app, "tea").await;
    invited(&app, "coffee", Visibility::Always).await;
    let (tea, coffee) = (invite(&ada, "tea", 3).await, invite(&ada, "coffee", 1).await);
    let revoke =
        ada.send(Method::Delete, "/polls/tea/invitations", &form(&[("code", &tea[2].code.to_lowercase())])).await;
    went_to(&revoke, "/polls/tea/invitations#revoked");
    let mut typo = tea[0].code.clone();
    let other = if typo.starts_with('A') { "C" } else { "A" };
    typo.replace_range(0..1, other);
    let unknown = "There is no such invitation in this poll, or it was revoked.";
    let unknown_code = urna::codes::short(&[7; 32]);
    for (code, sentence) in [
        ("", "Enter your invitation code."),
        (" \t", "Enter your invitation code."),
        (&typo, "There is a typing mistake in this code."),
        ("ACDE-FGH", "A code has 16 letters and digits; this has 7."),
        ("ACDE-FGHJ-KMNP-QRT0", "No code has the character “0”."),
        ("<script>alert(1)</script>", "No code has the character “S”."),
        ("https://vote.example/i/Zm9vYmFyYm", "This link is not whole."),
        ("\u{202e}ACDE", "No code has the character"),
        ("ACDE\u{0}", "No code has the character"),
        (&"A".repeat(5000), "A code has 16 letters and digits; this has 5000."),
        (&unknown_code, unknown),
        (&coffee[0].code, unknown),
        (&coffee[0].token, unknown),
        (&tea[2].code, unknown),
        (&tea[2].token, unknown),
        ("AAAAAAAAAAAAAAAAAAAAAA", unknown),
    ] {
        let answer = app.add(&vote("tea", "pita", code)).await;
        assert_eq!(answer.status, Status::UnprocessableEntity, "{code}: {}", answer.body);
        assert!(answer.body.contains(sentence), "{code}: {}", answer.body);
        assert!(answer.body.contains("error-summary") && answer.body.contains(r#"value="pita" checked>"#), "{code}");
        assert!(!answer.body.contains("<script>alert"), "{}", answer.body);
        assert_eq!(
            app.get(&format!("/i/{}", urlencoded(code))).await.status.code / 100,
            if code == coffee[0].token { 2 } else { 4 },
            "{code}"
        );
    }
    let answer = app.add(&vote("tea", "pita", &typo)).await;
    assert!(
        answer.body.contains(&format!(r#"name="code" value="{typo}""#)),
        "what was typed is there: {}",
        answer.body
    );
    assert_eq!(app.add("poll=tea&vote=pita&code=a&code=b").await.status, Status::UnprocessableEntity);
    // A code in a poll that asks for none is not spent.
    app.poll("free", &["gummi", "pita"]).await;
    went_to(&app.add(&vote("free", "pita", &tea[0].code)).await, "/polls/free#counted");
    // A vote that is no choice spends nothing.
    assert_eq!(app.add(&vote("tea", "cleo", &tea[0].code)).await.status, Status::UnprocessableEntity);
    went_to(&app.add(&vote("tea", "pita", &tea[0].code)).await, "/#counted");
    assert_eq!(app.database.stored().await, Stored::of(2, 1));
}

fn urlencoded(text: &str) -> String {
    rocket::http::RawStr::new(text).percent_encode().to_string()
}

async fn no_search_engine_shows_what_is_not_listed(database: TestDatabase) {
    let app = App::start(database).await;
    let ada = host(&app, "first").await;
    invited(&app, "tea", Visibility::Always).await;
    let slip = &invite(&ada, "tea", 1).await[0];
    assert_eq!(app.get(&format!("/i/{}", slip.token)).await.header("x-robots-tag"), Some("noindex"));
    let robots = app.get("/robots.txt").await;
    assert!(robots.status == Status::Ok && !robots.body.contains("/i/"), "{}", robots.body);
    let hidden = async |path: &str| app.get(path).await.header("x-robots-tag").map(str::to_owned);
    assert_eq!(hidden("/polls/tea").await, None);
    assert_eq!(hidden("/polls/tea/results").await, None);
    app.database.execute("UPDATE polls SET listed = FALSE WHERE slug = 'tea'").await;
    app.database.execute("UPDATE polls SET revision = revision + 100 WHERE slug = 'tea'").await;
    for path in ["/polls/tea", "/polls/tea/results", "/polls/tea/results/ballots.csv"] {
        assert_eq!(hidden(path).await.as_deref(), Some("noindex"), "{path}");
    }
}

async fn a_used_invitation_is_known(database: TestDatabase) {
    let app = App::start(database).await;
    let ada = host(&app, "first").await;
    invited(&app, "tea", Visibility::Closed).await;
    let slips = invite(&ada, "tea", 2).await;
    went_to(&app.add(&vote("tea", "pita", &slips[0].token)).await, "/polls/tea#counted");
    let page = app.get(&format!("/i/{}", slips[0].token)).await;
    assert!(page.body.contains("You have voted.") && page.body.contains("class=\"in\""), "{}", page.body);
    assert!(
        !page.body.contains(r#"action="/add""#) && !page.body.contains(r#"value="pita" checked>"#),
        "{}",
        page.body
    );
    // The page is the same whatever was marked.
    went_to(&app.add(&vote("tea", "gummi", &slips[1].token)).await, "/polls/tea#counted");
    let [page, other] =
        [app.get(&format!("/i/{}", slips[0].token)).await, app.get(&format!("/i/{}", slips[1].token)).await];
    assert_eq!(page.body.replace(&slips[0].token, ""), other.body.replace(&slips[1].token, ""));
    for slip in &slips {
        for second in ["gummi", "pita"] {
            went_to(&app.add(&vote("tea", second, &slip.token)).await, "/polls/tea#already");
        }
        // It can't be revoked any more.
        let answer = ada.send(Method::Delete, "/polls/tea/invitations", &form(&[("code", &slip.code)])).await;
        answer.assert_problems(&[("code", "No unused invitation of this poll has that code")]);
    }
    // After the close the same sentence comes; for an unused one, that the poll is closed.
    let late = invite(&ada, "tea", 1).await;
    went_to(&ada.post("/polls/tea/closure", "").await, "/polls/tea/manage#closed");
    went_to(&app.add(&vote("tea", "pita", &slips[0].code)).await, "/polls/tea#already");
    assert_eq!(app.add(&vote("tea", "pita", &late[0].code)).await.status, Status::Conflict);
    assert_eq!(app.database.stored().await, Stored::of(2, 2));
    assert_eq!(app.database.ballots().await.matches("pita").count(), 2, "one ballot and one row of the profile");
}

async fn a_hundred_at_once_with_one_code_have_one_ballot(database: TestDatabase) {
    let app = App::start(database).await;
    let ada = host(&app, "tea").await;
    let twin = app.twin().await;
    let slips = invite(&ada, "tea", 2).await;
    for (n, slip) in slips.iter().enumerate() {
        let (link, code) = (vote("tea", "gummi", &slip.token), vote("tea", "pita", &slip.code));
        let here = join_all((0..50).map(|_| app.add(&link)));
        let there = join_all((0..50).map(|_| twin.add(&code)));
        let (here, there) = join(here, there).await;
        let places: Vec<_> = here.iter().chain(&there).map(|answer| answer.header("location").unwrap()).collect();
        assert_eq!(places.iter().filter(|place| **place == "/#counted").count(), 1, "{places:?}");
        assert_eq!(places.iter().filter(|place| **place == "/#already").count(), 99);
        assert_eq!(app.database.stored().await, Stored::of(n as i64 + 1, n as i64 + 1));
    }
    assert_eq!(twin.tally("/polls/tea").await.iter().sum::<u64>(), 2);
}

async fn a_second_voter_at_one_browser_can_type_a_code(database: TestDatabase) {
    let app = App::start(database).await;
    let ada = host(&app, "tea").await;
    let slips = invite(&ada, "tea", 2).await;
    let shared = app.browser();
    went_to(&shared.add(&vote("tea", "pita", &slips[0].code)).await, "/#counted");
    let page = shared.get("/polls/tea").await;
    assert!(page.body.contains(r#"action="/add""#) && page.body.contains(r#"id="code""#), "{}", page.body);
    assert!(!page.body.contains(&slips[0].code));
    went_to(&shared.add(&vote("tea", "pita", &slips[1].code)).await, "/#counted");
}

async fn ballots_of_all_kinds_in_one_batch_are_kept_apart(database: TestDatabase) {
    let app = App::start(database).await;
    let ada = host(&app, "invited").await;
    create(&app, "browser", Eligibility::Browser).await;
    create(&app, "open", Eligibility::Open).await;
    let slips = invite(&ada, "invited", 30).await;
    let browser = app.browser();
    browser.get("/polls/browser").await;
    let mut sent = Vec::new();
    for (n, slip) in slips.iter().enumerate() {
        sent.push((vote("invited", "gummi", &slip.code), "/#counted", 303));
        // The same invitation by its link, one that was never created, one in the wrong poll, and a choice there is not.
        sent.push((vote("invited", "gummi", &slip.token), "/#counted", 303));
        sent.push((vote("invited", "pita", &urna::codes::short(&[n as u8; 32])), "", 422));
        sent.push((vote("invited", "cleo", &slip.code), "", 422));
        sent.push((vote("open", "pita", &slip.code), "/polls/open#counted", 303));
        sent.push((format!("poll=open&vote=pita&key=k{}", n / 2), "/polls/open#counted", 303));
        sent.push(("poll=browser&vote=pita".into(), "", 422));
    }
    let others = join_all(sent.iter().map(|(body, ..)| app.add(body)));
    let browsers = join_all((0..30).map(|_| browser.add("poll=browser&vote=pita")));
    let (others, _) = join(others, browsers).await;
    for (answer, (body, _, status)) in others.iter().zip(&sent) {
        assert_eq!(answer.status.code, *status, "{body}: {}", answer.body);
    }
    let counted = others.iter().filter(|answer| answer.header("location") == Some("/#counted")).count();
    assert_eq!(counted, 30, "each invitation was counted once");
    assert_eq!(app.tally("/polls/invited").await, [30, 0]);
    assert_eq!(app.tally("/polls/browser").await, [0, 1]);
    assert_eq!(app.tally("/polls/open").await, [0, 30 + 15]);
    assert_eq!(app.database.stored().await, Stored::of(30 + 1 + 45, 30 + 1 + 15));
}

async fn invitations_are_revoked_while_people_vote(database: TestDatabase) {
    let app = App::start(database).await;
    let ada = host(&app, "tea").await;
    let twin = app.twin().await;
    let slips = invite(&ada, "tea", 80).await;
    let votes = join_all(slips.iter().enumerate().map(|(n, slip)| {
        let app = if n % 2 == 0 { &app } else { &twin };
        async move {
            for _ in 0..n % 16 {
                rocket::tokio::task::yield_now().await;
            }
            loop {
                let answer = app.add(&vote("tea", "gummi", &slip.code)).await;
                // Every revocation changes the poll: whoever met three of them tries again, as the page says.
                if answer.status != Status::ServiceUnavailable {
                    break answer;
                }
                assert!(answer.body.contains("your vote was not taken"), "{}", answer.body);
            }
        }
    }));
    let revocations = async {
        let mut codes = Vec::new();
        for slip in slips.iter().step_by(7) {
            codes.push(
                ada.send(Method::Delete, "/polls/tea/invitations", &form(&[("code", &slip.code)])).await.status.code,
            );
        }
        went_to(
            &ada.send(Method::Delete, "/polls/tea/invitations", "which=all").await,
            "/polls/tea/invitations#revoked",
        );
        codes
    };
    let (votes, codes) = join(votes, revocations).await;
    let counted = votes.iter().filter(|answer| answer.status == Status::SeeOther).count() as i64;
    println!("{counted} of 80 were faster than the revocation");
    for (n, answer) in votes.iter().enumerate() {
        match answer.status.code {
            303 => assert_eq!(answer.header("location"), Some("/#counted")),
            422 => assert!(answer.body.contains("There is no such invitation in this poll, or it was revoked.")),
            code => panic!("{n}: {code} {}", answer.body),
        }
    }
    for (slip, code) in (0..80).step_by(7).zip(codes) {
        assert!(!(code == 303 && votes[slip].status == Status::SeeOther), "{slip}: revoked and counted");
    }
    assert_eq!(app.database.stored().await, Stored::of(counted, counted));
    assert_eq!(app.database.number("SELECT count(*) FROM invitations").await, counted, "those used are left");
    assert_eq!(app.database.number("SELECT invited FROM polls").await, counted);
    assert_eq!(app.tally("/polls/tea").await, [counted as u64, 0]);
}

async fn invitations_are_created_and_revoked_with_care(database: TestDatabase) {
    let app = App::start(database).await;
    let ada = host(&app, "tea").await;
    for number in ["", "0", "-1", "5001", "1.5", "many", "99999999999999999999999", "\u{663}"] {
        let answer = ada.post("/polls/tea/invitations", &form(&[("number", number)])).await;
        answer.assert_problems(&[("number", "Enter how many, from 1 to 5000. You can add more later.")]);
        assert!(answer.body.contains(&format!("name=\"number\" type=\"text\" value=\"{number}\"")), "{}", answer.body);
    }
    assert_eq!(app.database.number("SELECT count(*) FROM invitations").await, 0);
    let first = invite(&ada, "tea", 2500).await;
    let mut all: Vec<&str> = first.iter().flat_map(|slip| [slip.code.as_str(), slip.token.as_str()]).collect();
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), 5000, "no two are alike");
    invite(&ada, "tea", 1).await;
    assert_eq!(app.database.number("SELECT invited FROM polls").await, 2501);
    went_to(&app.add(&vote("tea", "gummi", &first[0].code)).await, "/#counted");
    assert!(ada.get("/polls/tea/invitations").await.body.contains("<b>1</b> of <b>2,501</b> used"));
    for code in ["", "ACDE", "ACDE-FGHJ-KMNP-QRT0", "<b>", &first[0].code, &urna::codes::short(&[9; 32])] {
        let answer = ada.send(Method::Delete, "/polls/tea/invitations", &form(&[("code", code)])).await;
        assert_eq!(answer.status, Status::UnprocessableEntity, "{code}");
        assert!(
            answer.body.contains("<a href=\"#code\">") && !answer.body.contains("<b>\""),
            "{code}: {}",
            answer.body
        );
    }
    let by_link = form(&[("_method", "delete"), ("code", &first[1].token)]);
    went_to(&ada.post("/polls/tea/invitations", &by_link).await, "/polls/tea/invitations#revoked");
    assert_eq!(app.database.number("SELECT invited FROM polls").await, 2500);
    went_to(&ada.send(Method::Delete, "/polls/tea/invitations", "which=all").await, "/polls/tea/invitations#revoked");
    assert_eq!(app.database.number("SELECT invited FROM polls").await, 1);
    // Only their own page shows them.
    for page in ["/polls/tea/invitations", "/polls/tea/manage", "/polls/tea/edit"] {
        let page = ada.get(page).await;
        assert!(!page.body.contains(&first[0].code) && !page.body.contains(&first[0].token));
    }
    // The table has what the slips have.
    let answer = ada.invite("tea", 3).await;
    let table = answer.body.split("base64,").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
    let table = BASE64.decode(table.as_bytes()).unwrap();
    let table = String::from_utf8(table).unwrap();
    assert_eq!((table.lines().next(), table.lines().count()), (Some("code,link"), 4));
    for line in table.lines().skip(1) {
        let (code, link) = line.split_once(',').unwrap();
        assert!(answer.body.contains(&format!("<p class=\"code\">{code}</p>")), "{line}");
        assert_eq!(app.get(&format!("/i/{}", link.rsplit('/').next().unwrap())).await.status, Status::Ok);
    }
    // A poll without invitations has no such page.
    let ada_id = app.database.number("SELECT id FROM organisers").await;
    app.create(&NewPoll { organiser_id: Some(ada_id), ..new_poll("free", &["a", "b"]) }).await;
    assert_eq!(ada.get("/polls/free/invitations").await.status, Status::NotFound);
    assert_eq!(ada.post("/polls/free/invitations", "number=5").await.status, Status::NotFound);
}

async fn no_code_is_stored_and_nothing_links_one_to_a_ballot(database: TestDatabase) {
    let app = App::start(database).await;
    let ada = host(&app, "tea").await;
    create(&app, "browser", Eligibility::Browser).await;
    let slips = invite(&ada, "tea", 5).await;
    for slip in &slips[1..] {
        went_to(&app.add(&vote("tea", "gummi", &slip.token)).await, "/#counted");
    }
    let browser = app.browser();
    let response = app.client.get("/polls/browser").dispatch().await;
    let number = response.cookies().get_private(COOKIE).unwrap().value().to_owned();
    browser.get("/polls/browser").await;
    browser.add("poll=browser&vote=gummi").await;
    let secrets: Vec<String> = slips
        .iter()
        .flat_map(|slip| [slip.code.clone(), slip.code.replace('-', ""), slip.token.clone()])
        .chain([number, ada.cookie().split('=').nth(1).unwrap().to_owned()])
        .collect();
    let columns = async |table: &str| {
        if app.database.is_sqlite() {
            app.database
                .text(&format!(
                    "SELECT group_concat(name, ' ') FROM (SELECT name FROM pragma_table_info('{table}') ORDER BY name)"
                ))
                .await
        } else {
            app.database.text(&format!("SELECT string_agg(column_name, ' ' ORDER BY column_name) FROM information_schema.columns WHERE table_name = '{table}'")).await
        }
    };
    assert_eq!(columns("credentials").await, "hash poll_id");
    assert_eq!(columns("invitations").await, "hash poll_id");
    assert_eq!(columns("ballots").await, "cast_at marks poll_id row_id");
    let hashes = "SELECT count(*) FROM invitations WHERE length(hash) = 32";
    assert_eq!(app.database.number(hashes).await, 5);
    if app.database.is_sqlite() {
        // No hidden number says in which order they came.
        let ordered = "SELECT count(*) FROM sqlite_master WHERE name IN ('credentials', 'invitations') AND sql NOT LIKE '%WITHOUT ROWID%'";
        assert_eq!(app.database.number(ordered).await, 0, "rows in the order in which people voted");
        let path = app.database.url.trim_start_matches("sqlite:");
        for file in [path.to_owned(), format!("{path}-wal")] {
            let bytes = std::fs::read(&file).unwrap_or_default();
            for secret in &secrets {
                assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()), "{file} has {secret}");
            }
        }
    } else {
        for table in [
            "polls",
            "choices",
            "ballots",
            "credentials",
            "profile",
            "turnout",
            "organisers",
            "sessions",
            "invitations",
            "site",
        ] {
            let all = app.database.text(&format!("SELECT coalesce(string_agg(t::text, ' '), '') FROM {table} t")).await;
            assert!(!all.is_empty(), "{table}");
            for secret in &secrets {
                let hex = HEXLOWER.encode(secret.as_bytes());
                assert!(!all.contains(secret.as_str()) && !all.contains(&hex), "{table} has {secret}");
            }
        }
    }
}
