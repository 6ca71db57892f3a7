//! Pictures: converts an uploaded file into a clean picture in two sizes. Bytes in, bytes out: no database, no HTTP.
//!
//! The memory that a decoder will need is computed from the file's header before it runs, so that no file, however
//! hostile, costs more than 64 MB. Only the file's pixels are kept, no metadata.

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

/// The memory that decoding may take, in bytes, beside a copy of the file and the large size.
const BUDGET: u64 = 48_000_000;

/// The longest sides of the two sizes.
const SMALL: u32 = 480;
const LARGE: u32 = 960;

/// The quality of the JPEGs that are written.
const QUALITY: u8 = 82;

/// A picture as it is kept and served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// The SHA-256 of the uploaded file, in hexadecimal digits.
    pub hash: String,
    /// `image/jpeg`, or `image/png` where some pixel is transparent.
    pub media_type: &'static str,
    /// For phones: at most 480 pixels on a side.
    pub small: Vec<u8>,
    /// For desktops: at most 960 pixels on a side.
    pub large: Vec<u8>,
}

/// Why a file was not converted, as a message for the person who sent it.
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

/// Converts a file: upright, without metadata, in two sizes, never enlarged. Of an animation, its first frame.
///
/// # Errors
/// [`PictureError`].
pub fn convert(file: &[u8]) -> Result<Picture, PictureError> {
    if file.len() > LARGEST_FILE {
        return Err(PictureError::Size);
    }
    let large = decode(file)?;
    let is_transparent = large.color().has_alpha() && large.to_rgba8().pixels().any(|pixel| pixel[3] < u8::MAX);
    let encode = if is_transparent { png } else { jpeg };
    Ok(Picture {
        hash: hash(file),
        media_type: if is_transparent { "image/png" } else { "image/jpeg" },
        large: encode(&large)?,
        small: encode(&fit(large, SMALL))?,
    })
}

/// Decodes a file into the large size. Its content decides the format, not its name.
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

/// Decodes a picture and turns it upright. Its decoder needs `per_pixel` bytes for each pixel and `fixed` bytes more. It
/// is turned after it was shrunk, so that no second copy of the full size is in memory.
fn upright(mut decoder: impl ImageDecoder, per_pixel: u64, fixed: u64) -> Result<DynamicImage, PictureError> {
    let (width, height) = decoder.dimensions();
    let pixels = u64::from(width) * u64::from(height);
    let needs = pixels * per_pixel + fixed;
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

/// Fits a picture into a square, with eight bits a channel. A much larger picture is first shrunk by averages, which takes
/// no memory, then by a filter, which looks better.
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
