//! Uploads: a form that brings a picture, spooled to disk, with limits in size and time; and the bench where
//! pictures are converted.

use std::{sync::Arc, time::Duration};

use rocket::{
    Data, FromForm, Request,
    data::{Capped, FromData, Limits, Outcome, ToByteUnit as _},
    form::{self, Form, error::ErrorKind},
    fs::TempFile,
    http::Status,
    outcome::Outcome::{Error, Forward, Success},
    tokio::{
        io::{AsyncReadExt as _, sink},
        sync::Semaphore,
        task,
        time::timeout,
    },
};

use super::{
    clients::Sender,
    forms::{self, FormError},
};
use crate::pictures::{self, Picture, PictureError};

/// Seconds in which a picture must have arrived: it comes from a phone, and is hundreds of forms long.
const SECONDS: u64 = 60;

/// The same of a client who is not signed in: the body is read only so that the client can read the refusal.
const STRANGERS_SECONDS: u64 = 10;

/// So much of a form that is too large is read and dropped, so that the browser comes to hear why.
const DROPPED_MIB: u64 = 64;

/// The form, arrived whole.
pub struct Upload<'r> {
    /// Where a file was picked; not all of one that is too large.
    picture: Option<Capped<TempFile<'r>>>,
    alt: &'r str,
}

/// The form as Rocket reads it.
#[derive(FromForm)]
struct Fields<'r> {
    picture: form::Result<'r, Capped<TempFile<'r>>>,
    #[field(default = "")]
    alt: &'r str,
    /// Rocket reads none in such a form, so that nothing could be meant by it.
    #[field(name = "_method")]
    method: Option<&'r str>,
}

/// Why an upload could not be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UploadError {
    /// Too large.
    #[error("{}", PictureError::Size)]
    Size,
    /// Without its length.
    #[error("The form came without its length, so nobody can tell whether it is whole. Send it with Content-Length.")]
    Length,
    /// Too slow, broken off, or no form with a file in it.
    #[error("The form did not arrive whole. Send it again.")]
    Incomplete,
    /// With a field `_method`.
    #[error("{}", FormError::Method)]
    Method,
    /// Arrived, and then lost here.
    #[error("The picture could not be read here. Send it again.")]
    Lost,
}

impl UploadError {
    /// The status that says the same to programs.
    pub fn status(self) -> Status {
        match self {
            Self::Size => Status::PayloadTooLarge,
            Self::Length => Status::LengthRequired,
            Self::Incomplete => Status::BadRequest,
            Self::Method => FormError::Method.status(),
            Self::Lost => Status::ServiceUnavailable,
        }
    }
}

impl Upload<'_> {
    /// The text about the picture in one line, as it was typed but for what no line has.
    pub fn alt(&self) -> String {
        let words = self.alt.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
        words.collect::<Vec<_>>().join(" ")
    }

    /// Whether a file was picked.
    pub fn has_file(&self) -> bool {
        self.picture.is_some()
    }

    /// The file, read from where it was spooled.
    ///
    /// # Errors
    /// [`UploadError::Size`] and [`UploadError::Lost`].
    pub async fn file(&self) -> Result<Vec<u8>, UploadError> {
        let mut bytes = Vec::new();
        let Some(file) = &self.picture else { return Ok(bytes) };
        if !file.is_complete() {
            return Err(UploadError::Size);
        }
        let mut reader = file.open().await.map_err(|_| UploadError::Lost)?;
        reader.read_to_end(&mut bytes).await.map_err(|_| UploadError::Lost)?;
        Ok(bytes)
    }
}

impl<'r> Fields<'r> {
    /// Refuses a picture that did not arrive.
    fn whole(self) -> Result<Upload<'r>, UploadError> {
        if self.method.is_some() {
            return Err(UploadError::Method);
        }
        let picture = match self.picture {
            Ok(file) => Some(file).filter(|file| !file.is_empty()),
            Err(errors) if errors.iter().all(|error| matches!(error.kind, ErrorKind::Missing)) => None,
            Err(_) => return Err(UploadError::Incomplete),
        };
        Ok(Upload { picture, alt: self.alt })
    }
}

/// Where pictures are decoded: one at a time in a process, so that a crowd of uploads takes the memory of one.
pub struct Workbench(Arc<Semaphore>);

impl Default for Workbench {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(1)))
    }
}

impl Workbench {
    /// The picture of an upload, if it has one, converted on a thread that may block.
    ///
    /// # Errors
    /// A status and a sentence.
    pub async fn convert(&self, upload: &Upload<'_>) -> Result<Option<Picture>, (Status, String)> {
        if !upload.has_file() {
            return Ok(None);
        }
        let lost = |error: UploadError| (error.status(), error.to_string());
        let permit = self.0.clone().acquire_owned().await.map_err(|_| lost(UploadError::Lost))?;
        let file = upload.file().await.map_err(lost)?;
        let convert = move || {
            // Kept here, not in the request: that may be gone while the work goes on.
            let _permit = permit;
            pictures::convert(&file)
        };
        // A decoder that panics has met a file that it can't read.
        let converted = task::spawn_blocking(convert).await.unwrap_or(Err(PictureError::Broken));
        converted.map(Some).map_err(|error| (Status::UnprocessableEntity, error.to_string()))
    }
}

#[rocket::async_trait]
impl<'r> FromData<'r> for Upload<'r> {
    type Error = UploadError;

    async fn from_data(req: &'r Request<'_>, data: Data<'r>) -> Outcome<'r, Self> {
        // Nothing of a stranger's file is kept, not even on the way.
        let stranger = !forms::is_trusted(req);
        let most = req.limits().get("data-form").unwrap_or(Limits::DATA_FORM);
        let length = req.headers().get_one("Content-Length").and_then(|length| length.parse::<u64>().ok());
        let seconds = if stranger { STRANGERS_SECONDS } else { SECONDS };
        let _sender = Sender::of(req);
        let read = async {
            match length {
                None => Err(UploadError::Length),
                Some(length) if stranger || length > most.as_u64() => {
                    // What becomes of it does not matter.
                    let _ = data.open(DROPPED_MIB.mebibytes()).stream_to(sink()).await;
                    Err(UploadError::Size)
                }
                Some(_) => match Form::<Fields<'_>>::from_data(req, data).await {
                    Success(form) => form.into_inner().whole(),
                    Error(_) | Forward(_) => Err(UploadError::Incomplete),
                },
            }
        };
        match timeout(Duration::from_secs(seconds), read).await.unwrap_or(Err(UploadError::Incomplete)) {
            Ok(upload) => Success(upload),
            Err(error) => Error((error.status(), error)),
        }
    }
}
