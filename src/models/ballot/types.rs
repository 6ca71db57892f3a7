//! A ballot that is to be cast, and what became of it.

use crate::{marks::Marks, models::eligibility::Eligibility};

/// A ballot that is to be cast.
#[derive(Debug, Clone)]
pub struct NewBallot {
    /// The poll it is cast in.
    pub poll_id: i64,
    /// The poll's revision that its marks were read against.
    pub revision: i64,
    /// What the voter marked.
    pub marks: Marks,
    /// The keyed hash of the voter's credential, where there is one.
    pub credential: Option<[u8; 32]>,
    /// What makes a voter one voter in its poll: by invitation, the credential must be among the invitations.
    pub rule: Eligibility,
}

/// What became of a ballot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cast {
    /// It is on disk and in the profile.
    Counted,
    /// Its credential had voted already; that ballot counts, this one does not.
    CountedBefore,
    /// Its credential is none of the poll's invitations.
    Uninvited,
    /// Its poll takes no ballot at this moment, or is not at the revision any more that the marks were read against.
    Refused,
    /// Its poll is being changed at this moment: nothing is stored, and it is to be cast again. On PostgreSQL only.
    Locked,
}
