// @generated automatically by Diesel CLI.

diesel::table! {
    ballots (row_id) {
        row_id -> BigInt,
        poll_id -> BigInt,
        cast_at -> Timestamp,
        marks -> Text,
    }
}

diesel::table! {
    bursts (poll_id, minute) {
        poll_id -> BigInt,
        minute -> Timestamp,
        votes -> BigInt,
        refused -> BigInt,
    }
}

diesel::table! {
    choices (poll_id, key) {
        poll_id -> BigInt,
        key -> Text,
        position -> Integer,
        label -> Text,
        description -> Text,
        picture -> Nullable<Text>,
        alt -> Text,
    }
}

diesel::table! {
    creations (hash) {
        hash -> Binary,
        poll_id -> BigInt,
        created_at -> Timestamp,
    }
}

diesel::table! {
    credentials (poll_id, hash) {
        poll_id -> BigInt,
        hash -> Binary,
    }
}

diesel::table! {
    former_addresses (slug) {
        slug -> Text,
        poll_id -> BigInt,
        listed -> Bool,
    }
}

diesel::table! {
    invitations (hash) {
        hash -> Binary,
        poll_id -> BigInt,
    }
}

diesel::table! {
    organisers (id) {
        id -> BigInt,
        uid -> Text,
        name -> Text,
        password_hash -> Text,
        created_at -> Timestamp,
    }
}

diesel::table! {
    pictures (hash, poll_id) {
        hash -> Text,
        poll_id -> BigInt,
        media_type -> Text,
        small -> Binary,
        large -> Binary,
    }
}

diesel::table! {
    polls (id) {
        id -> BigInt,
        slug -> Text,
        title -> Text,
        description -> Text,
        method -> Text,
        seats -> Integer,
        credential -> Text,
        results -> Text,
        featured -> Bool,
        opens_at -> Timestamp,
        closes_at -> Nullable<Timestamp>,
        created_at -> Timestamp,
        organiser_id -> Nullable<BigInt>,
        revision -> BigInt,
        draft -> Bool,
        listed -> Bool,
        turnout -> Text,
        zone -> Text,
        invited -> BigInt,
        folded -> Text,
        highest -> Integer,
        abstaining -> Bool,
        review -> Bool,
        comparison -> Bool,
        seed -> Text,
        seed_known -> Bool,
        closed_with -> Nullable<BigInt>,
        removed_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    profile (poll_id, marks, shard) {
        poll_id -> BigInt,
        marks -> Text,
        shard -> Integer,
        count -> BigInt,
    }
}

diesel::table! {
    sessions (hash) {
        hash -> Binary,
        organiser_id -> BigInt,
        seen_at -> Timestamp,
        created_at -> Nullable<Timestamp>,
        browser -> Text,
    }
}

diesel::table! {
    short_addresses (poll_id) {
        poll_id -> BigInt,
        code -> Text,
    }
}

diesel::table! {
    site (id) {
        id -> BigInt,
        revision -> BigInt,
        setups -> BigInt,
        secret_fingerprint -> Nullable<Text>,
    }
}

diesel::table! {
    turnout (poll_id, shard) {
        poll_id -> BigInt,
        shard -> Integer,
        ballots -> BigInt,
    }
}

diesel::table! {
    votes_over_time (poll_id, begins_at, shard) {
        poll_id -> BigInt,
        begins_at -> Timestamp,
        shard -> Integer,
        votes -> BigInt,
    }
}

diesel::joinable!(ballots -> polls (poll_id));
diesel::joinable!(bursts -> polls (poll_id));
diesel::joinable!(choices -> polls (poll_id));
diesel::joinable!(creations -> polls (poll_id));
diesel::joinable!(credentials -> polls (poll_id));
diesel::joinable!(former_addresses -> polls (poll_id));
diesel::joinable!(invitations -> polls (poll_id));
diesel::joinable!(pictures -> polls (poll_id));
diesel::joinable!(polls -> organisers (organiser_id));
diesel::joinable!(profile -> polls (poll_id));
diesel::joinable!(sessions -> organisers (organiser_id));
diesel::joinable!(short_addresses -> polls (poll_id));
diesel::joinable!(turnout -> polls (poll_id));
diesel::joinable!(votes_over_time -> polls (poll_id));

diesel::allow_tables_to_appear_in_same_query!(
    ballots,
    bursts,
    choices,
    creations,
    credentials,
    former_addresses,
    invitations,
    organisers,
    pictures,
    polls,
    profile,
    sessions,
    short_addresses,
    site,
    turnout,
    votes_over_time,
);
