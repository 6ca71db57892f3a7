//! HTTP: a folder for each kind of reader, a file for each resource. The only part that knows Rocket's requests.
//!
//! The table below has every method and path of the site. `<_>` is the slug of an organiser's own poll, which a guard
//! reads: `organiser::own_poll::OwnPoll`.

pub(crate) mod http;
pub(crate) mod live;
pub(crate) mod organiser;
pub(crate) mod page_cache;
pub(crate) mod results;
pub(crate) mod session;
pub(crate) mod show;
pub(crate) mod voter;

pub use http::error::Error;
pub use organiser::setup::path as setup_path;
pub use page_cache::PageCache;

use rocket::{Route, routes};

/// Makes [`SITE`] and the routes of one table.
macro_rules! site {
    ($($method:ident $path:literal => $($handler:ident)::+;)*) => {
        /// Every method and path of the site, in the order of the table.
        pub const SITE: &[(&str, &str)] = &[$((stringify!($method), $path)),*];

        /// The routes of the site.
        pub(crate) fn routes() -> Vec<Route> {
            routes![$($($handler)::+),*]
        }
    };
}

site! {
    // Voters
    GET    "/" => voter::polls::index;
    POST   "/add" => voter::ballots::add;
    GET    "/polls?<q>&<state>&<page>" => voter::lists::list;
    GET    "/polls/<slug>" => voter::polls::show;
    GET    "/polls/<slug>/events?<have>&<organiser>" => live::events;
    GET    "/polls/<slug>/screen?<show>" => voter::screen::show;
    GET    "/polls/<slug>/closing.ics" => voter::calendar::closing;
    GET    "/<code>" => voter::short_addresses::lead;
    GET    "/about" => voter::about::show;
    GET    "/i/<token>" => voter::polls::invited;
    GET    "/i/<token>/<_..>" => voter::polls::invited_beyond;

    // Results
    GET    "/polls/<slug>/results" => results::show;
    GET    "/polls/<slug>/results.json" => results::show_feed;
    GET    "/polls/<slug>/badge.svg" => results::show_badge;
    GET    "/polls/<slug>/results/picture.svg" => results::show_picture;
    GET    "/polls/<slug>/results/<name>" => results::file;

    // Organisers: signing in
    GET    "/setup/<token>" => organiser::setup::new;
    POST   "/setup/<token>" => organiser::setup::create;
    GET    "/session?<to>&<kept>" => organiser::sign_in::new;
    POST   "/session" => organiser::sign_in::create;
    DELETE "/session" => organiser::sign_in::end;
    GET    "/organiser/sessions" => organiser::sign_in::list;
    DELETE "/organiser/sessions/<id>" => organiser::sign_in::end_one;

    // Organisers: their account
    GET    "/organiser?<q>&<page>" => organiser::list::polls;
    PUT    "/organiser" => organiser::accounts::rename;
    DELETE "/organiser" => organiser::accounts::delete;
    GET    "/organiser/edit" => organiser::accounts::edit;
    PUT    "/organiser/password" => organiser::accounts::change_password;
    GET    "/organiser/deletion" => organiser::accounts::check_deletion;

    // Organisers: their polls
    GET    "/polls/new?<template>" => organiser::editing::blank;
    POST   "/polls" => organiser::editing::create;
    GET    "/polls/<_>/edit" => organiser::editing::edit;
    PUT    "/polls/<_>" => organiser::editing::update;
    DELETE "/polls/<_>" => organiser::polls::remove;
    GET    "/polls/<_>/manage" => organiser::polls::show;
    GET    "/polls/<_>/poster" => organiser::sharing::poster;
    GET    "/polls/<_>/qr.svg" => organiser::sharing::qr_svg;
    GET    "/polls/<_>/qr.png" => organiser::sharing::qr_png;
    POST   "/polls/<_>/publication" => organiser::polls::publish;
    POST   "/polls/<_>/feature" => organiser::polls::feature;
    POST   "/polls/<_>/copies" => organiser::polls::copy;
    GET    "/polls/<_>/deletion" => organiser::polls::deletion;
    POST   "/polls/<_>/closure" => organiser::closing::close;
    DELETE "/polls/<_>/closure" => organiser::closing::reopen;
    GET    "/polls/<_>/invitations" => organiser::invitations::show;
    POST   "/polls/<_>/invitations" => organiser::invitations::create;
    DELETE "/polls/<_>/invitations" => organiser::invitations::revoke;
    GET    "/polls/<_>/invitations/<key>?<number>" => organiser::slips::show;
    POST   "/polls/<_>/choices/<key>/picture" => organiser::pictures::save;
    DELETE "/polls/<_>/choices/<key>/picture" => organiser::pictures::remove;

    // Files, programs and operators
    GET    "/pictures/<hash>/<size>" => organiser::pictures::stored;
    GET    "/static/<name>" => http::assets::asset;
    GET    "/favicon.ico" => http::assets::favicon;
    GET    "/robots.txt" => http::robots::robots;
    GET    "/healthz" => http::health::healthz;
    GET    "/readyz" => http::health::readyz;
    // Where requests from other sites are redirected inside the server.
    GET    "/refused" => http::protection::refused;
}
