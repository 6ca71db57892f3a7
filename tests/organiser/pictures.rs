//! `GET /pictures/<hash>/<size>`, and a choice's picture added and removed.

use std::io::Cursor;

use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use rocket::http::{Method, Status};
use urna::{
    models::{
        choice::Choice,
        new_poll::NewPoll,
        picture::{self, Size},
        poll::Poll,
    },
    pictures::{LARGEST_FILE, Picture, PictureError, convert},
};

use crate::helpers::{
    app::{Answer, App, new_poll},
    database::TestDatabase,
    on_both,
};

on_both!(
    a_picture_is_served_for_ever,
    a_choice_shows_its_picture,
    pictures_that_nobody_shows_go,
    a_copy_of_a_poll_has_its_pictures,
    an_upload_is_taken,
    an_upload_that_is_wrong_comes_back,
    a_broken_off_upload_changes_nothing,
    only_the_organiser_changes_a_picture,
);

/// Red on the left, blue on the right.
pub fn halves(width: u32, height: u32) -> DynamicImage {
    RgbImage::from_fn(width, height, |x, _| if x < width / 2 { Rgb([220, 20, 20]) } else { Rgb([20, 20, 220]) }).into()
}

/// A file of a kind.
pub fn file(image: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// A JPEG that says how it is to be turned, by EXIF, and carries a marker there.
fn turned(orientation: u8) -> Vec<u8> {
    let mut exif = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0".to_vec();
    exif.extend([orientation, 0, 0, 0, 0, 0, 0, 0]);
    exif.extend(b"GPS-SECRET-MARKER");
    let mut bytes = vec![0xFF, 0xD8, 0xFF, 0xE1];
    bytes.extend(u16::try_from(exif.len() + 2).unwrap().to_be_bytes());
    bytes.extend(exif);
    bytes.extend(&file(&halves(40, 20), ImageFormat::Jpeg)[2..]);
    bytes
}

#[test]
fn a_turned_photo_comes_out_upright_and_without_its_metadata() {
    let converted = convert(&turned(6)).unwrap();
    let upright = image::load_from_memory(&converted.large).unwrap().to_rgb8();
    assert_eq!(upright.dimensions(), (20, 40));
    assert!(upright[(10, 3)][0] > 150 && upright[(10, 36)][2] > 150, "{:?}", upright[(10, 3)]);
    for bytes in [&converted.small, &converted.large] {
        assert!(!bytes.windows(6).any(|part| part == b"SECRET" || part == b"Exif\0\0"));
    }
    // The text of a PNG, put before its pixels.
    let mut png = file(&halves(40, 20), ImageFormat::Png);
    let text = b"tEXtComment\0GPS-SECRET-MARKER";
    let mut chunk = u32::try_from(text.len() - 4).unwrap().to_be_bytes().to_vec();
    chunk.extend(text);
    chunk.extend(super::hostile_pictures::crc(text).to_be_bytes());
    png.splice(33..33, chunk);
    let converted = convert(&png).unwrap();
    assert!(!converted.large.windows(6).any(|part| part == b"SECRET"));
}

#[test]
fn what_is_no_picture_is_refused_with_a_sentence() {
    for error in [PictureError::Size, PictureError::Svg, PictureError::Kind, PictureError::Pixels, PictureError::Broken]
    {
        let sentence = error.to_string();
        assert!(sentence.ends_with('.') && sentence.contains(". "), "{sentence}");
    }
}

/// An app with two organisers, of whom the first has a poll.
struct Studio {
    app: App,
    poll: Poll,
    /// The cookies of the organisers' sessions.
    sessions: [String; 2],
}

const ADA: usize = 0;
const BOB: usize = 1;

/// Where the picture of a choice is sent.
fn picture_address(choice: &str) -> String {
    format!("/polls/donut/choices/{choice}/picture")
}

impl Studio {
    async fn open(database: TestDatabase) -> Studio {
        let app = App::start(database).await;
        let sessions = [app.organiser("ada").await.cookie(), app.organiser("bob").await.cookie()];
        let poll = NewPoll { organiser_id: Some(1), ..new_poll("donut", &["gummi", "pita"]) };
        let poll = app.create(&poll).await;
        Studio { app, poll, sessions }
    }

    async fn give(&self, key: &str, picture: &Picture, alt: &str) {
        assert!(picture::set(&mut self.app.db().await, &self.poll, key, picture, alt).await.unwrap());
    }

    async fn choice(&self, key: &str) -> Choice {
        Choice::find(&mut self.app.db().await, self.poll.id, key).await.unwrap().unwrap()
    }

    async fn upload(&self, who: usize, address: &str, body: &[u8]) -> Answer {
        let kind = ("Content-Type", "multipart/form-data; boundary=XYZ");
        self.app.send(Method::Post, address, body, &[kind, ("Cookie", &self.sessions[who])]).await
    }
}

/// The body of the form.
fn form(alt: &str, file: &[u8]) -> Vec<u8> {
    let head = "--XYZ\r\nContent-Disposition: form-data; name=\"picture\"; filename=\"IMG 1.png\"\r\n\
                Content-Type: image/png\r\n\r\n";
    let tail = format!("\r\n--XYZ\r\nContent-Disposition: form-data; name=\"alt\"\r\n\r\n{alt}\r\n--XYZ--\r\n");
    [head.as_bytes(), file, tail.as_bytes()].concat()
}

async fn a_picture_is_served_for_ever(database: TestDatabase) {
    let studio = Studio::open(database).await;
    let converted = convert(&file(&halves(1200, 600), ImageFormat::Png)).unwrap();
    studio.give("gummi", &converted, "Halves").await;
    for (size, bytes) in [("small", &converted.small), ("large", &converted.large)] {
        let address = format!("/pictures/{}/{size}", converted.hash);
        let answer = studio.app.client.get(&address).dispatch().await;
        let header = |name: &str| answer.headers().get_one(name).map(ToOwned::to_owned);
        assert_eq!(answer.status(), Status::Ok);
        assert_eq!(header("Content-Type").as_deref(), Some("image/jpeg"));
        assert_eq!(header("Cache-Control").as_deref(), Some("public, max-age=31536000, immutable"));
        assert_eq!(header("X-Content-Type-Options").as_deref(), Some("nosniff"));
        assert_eq!(
            answer.headers().get("Content-Security-Policy").collect::<Vec<_>>(),
            ["default-src 'none'; sandbox"]
        );
        let etag = header("ETag").unwrap();
        assert_eq!(&answer.into_bytes().await.unwrap(), bytes);
        let known = studio.app.get_with(&address, "If-None-Match", &etag).await;
        assert_eq!((known.status, known.body.as_str()), (Status::NotModified, ""));
    }
    let hash = converted.hash;
    for address in [
        format!("/pictures/{hash}/huge"),
        format!("/pictures/{}/small", hash.to_uppercase()),
        format!("/pictures/{}/small", "0".repeat(64)),
        format!("/pictures/{}/small", &hash[1..]),
        "/pictures/%00/small".into(),
    ] {
        let answer = studio.app.get(&address).await;
        assert_eq!(answer.status, Status::NotFound, "{address}");
        assert!(answer.header("content-security-policy").is_some_and(|policy| policy.contains("form-action 'self'")));
    }
}

async fn a_choice_shows_its_picture(database: TestDatabase) {
    let studio = Studio::open(database).await;
    let before = studio.app.get("/").await.header("etag").map(ToOwned::to_owned);
    let converted = convert(&file(&halves(8, 8), ImageFormat::Png)).unwrap();
    studio.give("gummi", &converted, "A “red\" & blue <square>").await;
    let page = studio.app.get("/").await;
    assert_ne!(page.header("etag").map(ToOwned::to_owned), before);
    let source = format!(
        r#"<img src="/pictures/{0}/large" srcset="/pictures/{0}/small 480w, /pictures/{0}/large 960w""#,
        converted.hash
    );
    assert!(page.body.contains(&source), "{}", page.body);
    assert!(page.body.contains(r#"alt="A “red&quot; &amp; blue &lt;square&gt;""#), "{}", page.body);
    assert!(!page.body.contains("loading="));
}

async fn pictures_that_nobody_shows_go(database: TestDatabase) {
    let studio = Studio::open(database).await;
    let [one, two] = [7, 9].map(|side| convert(&file(&halves(side, side), ImageFormat::Png)).unwrap());
    let stored = async || studio.app.database.number("SELECT count(*) FROM pictures").await;
    studio.give("gummi", &one, "One").await;
    studio.give("pita", &one, "One too").await;
    assert_eq!(stored().await, 1);
    studio.give("gummi", &two, "Two").await;
    assert_eq!(stored().await, 2);
    let mut db = studio.app.db().await;
    picture::remove(&mut db, &studio.poll, "pita").await.unwrap();
    assert_eq!(stored().await, 1);
    let pita = studio.choice("pita").await;
    assert_eq!((pita.picture, pita.alt.as_str()), (None, ""));
    assert!(picture::find(&mut db, &one.hash, Size::Small).await.unwrap().is_none());
    assert!(!picture::set(&mut db, &studio.poll, "nobody", &one, "").await.unwrap());
    assert_eq!(stored().await, 1);
    studio.poll.delete(&mut db).await.unwrap();
    assert_eq!(stored().await, 0);
}

async fn a_copy_of_a_poll_has_its_pictures(database: TestDatabase) {
    let studio = Studio::open(database).await;
    let converted = convert(&file(&halves(7, 7), ImageFormat::Png)).unwrap();
    studio.give("gummi", &converted, "One").await;
    let copy = studio.app.poll("copy", &["gummi"]).await;
    let mut db = studio.app.db().await;
    picture::copy(&mut db, studio.poll.id, copy.id).await.unwrap();
    picture::copy(&mut db, studio.poll.id, copy.id).await.unwrap();
    studio.poll.delete(&mut db).await.unwrap();
    let found = picture::find(&mut db, &converted.hash, Size::Large).await.unwrap();
    assert_eq!(found, Some(("image/jpeg".into(), converted.large)));
}

async fn an_upload_is_taken(database: TestDatabase) {
    let studio = Studio::open(database).await;
    let photo = turned(6);
    let answer = studio.upload(ADA, &picture_address("gummi"), &form(" A photo,\r\nturned\0 ", &photo)).await;
    assert_eq!(
        (answer.status, answer.header("location")),
        (Status::SeeOther, Some("/polls/donut/edit#picture-gummi")),
        "{}",
        answer.body
    );
    let gummi = studio.choice("gummi").await;
    assert_eq!((gummi.picture, gummi.alt.as_str()), (Some(convert(&photo).unwrap().hash), "A photo, turned"));
    // Without a file, its description changes.
    assert_eq!(studio.upload(ADA, &picture_address("gummi"), &form("Better said", b"")).await.status, Status::SeeOther);
    let again = studio.choice("gummi").await;
    assert_eq!((again.picture.is_some(), again.alt.as_str()), (true, "Better said"));
    // 5 MiB, most of them behind the picture.
    let mut large = photo;
    large.resize(LARGEST_FILE, 0);
    assert_eq!(studio.upload(ADA, &picture_address("pita"), &form("Large", &large)).await.status, Status::SeeOther);
}

async fn an_upload_that_is_wrong_comes_back(database: TestDatabase) {
    let studio = Studio::open(database).await;
    let photo = turned(1);
    let cases: [(&str, Vec<u8>, Status, &str); 7] = [
        (
            "A <i>drawing</i>",
            b"<svg xmlns='http://www.w3.org/2000/svg'/>".to_vec(),
            Status::UnprocessableEntity,
            "An SVG can’t be taken.",
        ),
        ("A text", b"Hello".to_vec(), Status::UnprocessableEntity, "The file is not a JPEG, PNG, GIF or WebP picture."),
        ("Half", photo[..photo.len() / 2].to_vec(), Status::UnprocessableEntity, "The picture is broken or not whole."),
        ("Nothing", Vec::new(), Status::UnprocessableEntity, "Pick the file of a picture."),
        ("Just too large", vec![7; LARGEST_FILE + 1], Status::PayloadTooLarge, "The picture is larger than 5 MB."),
        ("", photo.clone(), Status::UnprocessableEntity, "Say what the picture shows"),
        (&"ä".repeat(301), photo.clone(), Status::UnprocessableEntity, "takes up to 300 characters"),
    ];
    for (alt, file, status, sentence) in cases {
        let answer = studio.upload(ADA, &picture_address("gummi"), &form(alt, &file)).await;
        assert_eq!(answer.status, status, "{alt}: {}", answer.body);
        assert!(answer.body.contains(sentence) && answer.body.contains("error-summary"), "{alt}: {}", answer.body);
        let typed = alt.replace('<', "&lt;").replace('>', "&gt;").replace('/', "&#x2F;");
        let typed = [format!(r#"value="{typed}""#), format!(r#"value="{}""#, typed.replace("&#x2F;", "/"))];
        assert!(typed.iter().any(|typed| answer.body.contains(typed)), "{alt}: {}", answer.body);
    }
    let answer = studio.upload(ADA, &picture_address("gummi"), &form("Far too large", &vec![7; 7 << 20])).await;
    assert_eq!(answer.status, Status::PayloadTooLarge);
    assert!(answer.body.contains("The picture is larger than 5 MB."), "{}", answer.body);
    assert_eq!(studio.choice("gummi").await.picture, None);
    for (slug, key) in [("nothing", "gummi"), ("donut", "nobody"), ("%00", "gummi"), ("donut", "%00")] {
        let answer = studio.upload(ADA, &format!("/polls/{slug}/choices/{key}/picture"), &form("x", &photo)).await;
        assert_eq!(answer.status, Status::NotFound, "{slug} {key}");
    }
}

async fn a_broken_off_upload_changes_nothing(database: TestDatabase) {
    let studio = Studio::open(database).await;
    let photo = turned(1);
    studio.give("gummi", &convert(&photo).unwrap(), "Before").await;
    let whole = form("After", &photo);
    for length in (0..whole.len() - 4).step_by(whole.len() / 40).chain([whole.len() - 12, whole.len() - 5]) {
        let answer = studio.upload(ADA, &picture_address("gummi"), &whole[..length]).await;
        assert_eq!(answer.status, Status::BadRequest, "{length} of {}: {}", whole.len(), answer.body);
        assert_eq!(studio.choice("gummi").await.alt, "Before", "{length} of {}", whole.len());
    }
    // Without its length, and as another kind of form.
    let kind = rocket::http::ContentType::parse_flexible("multipart/form-data; boundary=XYZ").unwrap();
    let answer = {
        let session = rocket::http::Cookie::split_parse_encoded(studio.sessions[ADA].clone()).next().unwrap().unwrap();
        studio.app.client.post(picture_address("gummi")).header(kind).cookie(session).body(whole).dispatch().await
    };
    assert_eq!(answer.status(), Status::LengthRequired);
    let kind = [("Content-Type", "application/json"), ("Cookie", studio.sessions[ADA].as_str())];
    let answer = studio.app.send(Method::Post, &picture_address("gummi"), b"{\"alt\":\"After\"}", &kind).await;
    assert_eq!(answer.status, Status::BadRequest);
    assert_eq!(studio.choice("gummi").await.alt, "Before");
}

async fn only_the_organiser_changes_a_picture(database: TestDatabase) {
    let studio = Studio::open(database).await;
    let body = form("Mine", &turned(1));
    assert_eq!(studio.upload(BOB, &picture_address("gummi"), &body).await.status, Status::NotFound);
    let address = "/polls/donut/choices/gummi/picture";
    let kind = ("Content-Type", "multipart/form-data; boundary=XYZ");
    assert_eq!(studio.app.send(Method::Post, address, &body, &[kind]).await.status, Status::Unauthorized);
    assert_eq!(studio.app.send(Method::Delete, address, b"", &[]).await.status, Status::Unauthorized);
    assert_eq!(studio.choice("gummi").await.picture, None);
}
