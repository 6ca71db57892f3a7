//! Pictures: an uploaded file becomes a clean picture in two sizes. Bytes in, bytes out: no database, no HTTP.
//!
//! What a decoder will need is worked out from the file's header before it runs, so that no file, however
//! hostile, costs more than 64 MB. Nothing of the file but its pixels comes out again.

mod jpeg;
mod lossless;
mod webp;

use std::io::Cursor;

use data_encoding::HEXLOWER;
use image::{
    DynamicImage, ImageDecoder, ImageError, ImageFormat, Limits,
    codecs::{
        gif::GifDecoder,
        jpeg::{JpegDecoder, JpegEncoder},
        png::{CompressionType, FilterType as PngFilter, PngDecoder, PngEncoder},
        webp::WebPDecoder,
    },
    imageops::FilterType,
};
use sha2::{Digest as _, Sha256};

/// The largest file that is read, in bytes.
pub const LARGEST_FILE: usize = 5 * 1024 * 1024;

/// The most pixels, and the most on a side.
const MOST_PIXELS: u64 = 16_000_000;
const LONGEST_SIDE: u32 = 16_384;

/// What decoding may take, in bytes; a copy of the file and the large size come on top.
const BUDGET: u64 = 48_000_000;

/// The squares that the two sizes fit in.
const SMALL: u32 = 480;
const LARGE: u32 = 960;

/// Of the JPEGs that are made.
const QUALITY: u8 = 82;

/// A picture as it is kept and served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// The SHA-256 of the file that it was made from, in hexadecimal digits.
    pub hash: String,
    /// `image/jpeg`, or `image/png` where something shows through.
    pub media_type: &'static str,
    /// For phones: at most 480 pixels on a side.
    pub small: Vec<u8>,
    /// For desktops: at most 960 pixels on a side.
    pub large: Vec<u8>,
}

/// Why no picture could be made, in words for whoever sent the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PictureError {
    /// More bytes than are read.
    #[error("The picture is larger than 5 MB. Make it smaller, or save it as a JPEG, and send it again.")]
    Size,
    /// An SVG.
    #[error("An SVG can’t be taken. Save the drawing as a PNG and send that.")]
    Svg,
    /// None of the four kinds.
    #[error("The file is not a JPEG, PNG, GIF or WebP picture. Save it as one of these and send it again.")]
    Kind,
    /// More pixels than can be decoded.
    #[error(
        "The picture has too many pixels. Make it smaller, such as 1,600 pixels on its longer side, and send it again."
    )]
    Pixels,
    /// Of a kind, but not readable as such.
    #[error("The picture is broken or not whole. Open it in a picture editor, save it anew and send it again.")]
    Broken,
}

/// Makes a picture of a file: upright, without metadata, in two sizes, never enlarged. Of an animation,
/// its first frame.
///
/// # Errors
/// [`PictureError`].
pub fn convert(file: &[u8]) -> Result<Picture, PictureError> {
    if file.len() > LARGEST_FILE {
        return Err(PictureError::Size);
    }
    let large = decode(file)?;
    let seen_through = large.color().has_alpha() && large.to_rgba8().pixels().any(|pixel| pixel[3] < u8::MAX);
    let encode = if seen_through { png } else { jpeg };
    Ok(Picture {
        hash: hash(file),
        media_type: if seen_through { "image/png" } else { "image/jpeg" },
        large: encode(&large)?,
        small: encode(&fit(large, SMALL))?,
    })
}

/// Decodes a file by what is in it, whatever it is called, into the large size.
fn decode(file: &[u8]) -> Result<DynamicImage, PictureError> {
    let reader = Cursor::new(file);
    match image::guess_format(file) {
        Ok(ImageFormat::Jpeg) => {
            let per_pixel = jpeg::bytes_per_pixel(file).ok_or(PictureError::Broken)?;
            upright(JpegDecoder::new(reader)?, per_pixel, 0)
        }
        Ok(ImageFormat::Png) => {
            let mut limits = limits();
            limits.max_alloc = Some(BUDGET / 8);
            let decoder = PngDecoder::with_limits(reader, limits)?;
            let per_pixel = u64::from(decoder.color_type().bytes_per_pixel());
            upright(decoder, per_pixel, 0)
        }
        Ok(ImageFormat::Gif) => upright(GifDecoder::new(reader)?, 4, 0),
        Ok(ImageFormat::WebP) => {
            let decoder = WebPDecoder::new(reader)?;
            let needs = webp::needs(file, decoder.dimensions()).ok_or(PictureError::Broken)?;
            upright(decoder, needs.per_pixel, needs.tables)
        }
        _ if is_svg(file) => Err(PictureError::Svg),
        _ => Err(PictureError::Kind),
    }
}

/// Decodes a picture whose decoder needs so many bytes for each pixel and so many beside. It is turned
/// once it is small: no second copy of the whole is ever made.
fn upright(mut decoder: impl ImageDecoder, per_pixel: u64, beside: u64) -> Result<DynamicImage, PictureError> {
    let (width, height) = decoder.dimensions();
    let pixels = u64::from(width) * u64::from(height);
    let needs = pixels * per_pixel + beside;
    if pixels > MOST_PIXELS || needs > BUDGET {
        return Err(PictureError::Pixels);
    }
    let mut limits = limits();
    limits.max_alloc = Some(BUDGET - needs);
    decoder.set_limits(limits)?;
    let orientation = decoder.orientation()?;
    let mut image = fit(DynamicImage::from_decoder(decoder)?, LARGE);
    image.apply_orientation(orientation);
    Ok(image)
}

fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.max_image_width = Some(LONGEST_SIDE);
    limits.max_image_height = Some(LONGEST_SIDE);
    limits
}

/// Fits a picture into a square, eight bits a channel. From afar by averages, which takes no memory;
/// from near by a filter, which looks better.
fn fit(image: DynamicImage, side: u32) -> DynamicImage {
    let longest = image.width().max(image.height());
    let image = if longest > 2 * side { image.thumbnail(side, side) } else { image };
    let image = match image {
        DynamicImage::ImageRgb8(_) | DynamicImage::ImageRgba8(_) => image,
        image if image.color().has_alpha() => image.into_rgba8().into(),
        image => image.into_rgb8().into(),
    };
    if image.width().max(image.height()) > side { image.resize(side, side, FilterType::Triangle) } else { image }
}

fn jpeg(image: &DynamicImage) -> Result<Vec<u8>, PictureError> {
    let mut bytes = Vec::new();
    image.to_rgb8().write_with_encoder(JpegEncoder::new_with_quality(&mut bytes, QUALITY))?;
    Ok(bytes)
}

fn png(image: &DynamicImage) -> Result<Vec<u8>, PictureError> {
    let mut bytes = Vec::new();
    image.write_with_encoder(PngEncoder::new_with_quality(
        &mut bytes,
        CompressionType::Default,
        PngFilter::Adaptive,
    ))?;
    Ok(bytes)
}

fn hash(file: &[u8]) -> String {
    HEXLOWER.encode(&Sha256::digest(file))
}

/// Whether a file begins like an SVG.
fn is_svg(file: &[u8]) -> bool {
    let start = String::from_utf8_lossy(&file[..file.len().min(4096)]).to_lowercase();
    let start = start.trim_start_matches('\u{feff}').trim_start();
    start.starts_with('<') && start.contains("<svg")
}

impl From<ImageError> for PictureError {
    fn from(error: ImageError) -> Self {
        match error {
            ImageError::Limits(_) => Self::Pixels,
            _ => Self::Broken,
        }
    }
}

#[cfg(test)]
mod tests;
