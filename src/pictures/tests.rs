use image::{ImageBuffer, Rgb, RgbImage, Rgba, RgbaImage, codecs::gif::GifEncoder};

use super::*;

/// A file of a kind.
fn file(image: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image.into().write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// Red on the left and blue on the right.
fn halves(width: u32, height: u32) -> RgbImage {
    ImageBuffer::from_fn(width, height, |x, _| if x < width / 2 { Rgb([220, 20, 20]) } else { Rgb([20, 20, 220]) })
}

fn sides(bytes: &[u8]) -> (u32, u32) {
    let image = image::load_from_memory(bytes).unwrap();
    (image.width(), image.height())
}

#[test]
fn every_kind_is_made_small_and_large() {
    for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::Gif, ImageFormat::WebP] {
        let picture = convert(&file(halves(1600, 800), format)).unwrap();
        assert_eq!((picture.media_type, picture.hash.len()), ("image/jpeg", 64), "{format:?}");
        assert_eq!((sides(&picture.large), sides(&picture.small)), ((960, 480), (480, 240)), "{format:?}");
        let large = image::load_from_memory(&picture.large).unwrap().to_rgb8();
        assert!(large[(100, 100)][0] > 150 && large[(900, 400)][2] > 150, "{format:?}");
    }
}

#[test]
fn nothing_is_enlarged_and_nothing_becomes_empty() {
    for (from, large, small) in [
        ((7, 5), (7, 5), (7, 5)),
        ((1, 1), (1, 1), (1, 1)),
        ((500, 100), (500, 100), (480, 96)),
        ((10_000, 1), (960, 1), (480, 1)),
        ((1, 16_000), (1, 960), (1, 480)),
        ((961, 961), (960, 960), (480, 480)),
    ] {
        let picture = convert(&file(halves(from.0, from.1), ImageFormat::Png)).unwrap();
        assert_eq!((sides(&picture.large), sides(&picture.small)), (large, small));
    }
}

#[test]
fn every_way_of_storing_colours_works() {
    let image = DynamicImage::from(halves(40, 20));
    let all = [
        image.to_luma8().into(),
        image.to_luma16().into(),
        image.to_luma_alpha8().into(),
        image.to_luma_alpha16().into(),
        image.to_rgb16().into(),
        image.to_rgba16().into(),
        DynamicImage::from(image.to_rgba8()),
    ];
    for image in all {
        assert_eq!(convert(&file(image, ImageFormat::Png)).unwrap().media_type, "image/jpeg");
    }
    assert_eq!(convert(&file(image.to_luma8(), ImageFormat::Jpeg)).unwrap().media_type, "image/jpeg");
}

#[test]
fn what_shows_through_is_kept() {
    let ring = RgbaImage::from_fn(1000, 1000, |x, y| Rgba([9, 99, 9, if x < 500 && y < 500 { 0 } else { 255 }]));
    for format in [ImageFormat::Png, ImageFormat::WebP, ImageFormat::Gif] {
        let picture = convert(&file(ring.clone(), format)).unwrap();
        assert_eq!(picture.media_type, "image/png");
        for bytes in [&picture.small, &picture.large] {
            let image = image::load_from_memory(bytes).unwrap().to_rgba8();
            assert_eq!((image[(10, 10)][3], image[(image.width() - 10, 10)][3]), (0, 255), "{format:?}");
        }
    }
}

#[test]
fn an_animation_gives_its_first_frame() {
    let mut bytes = Vec::new();
    let frames = [[200, 0, 0, 255], [0, 0, 200, 255]].map(|c| image::Frame::new(RgbaImage::from_pixel(8, 8, Rgba(c))));
    GifEncoder::new(&mut bytes).encode_frames(frames).unwrap();
    let picture = convert(&bytes).unwrap();
    assert!(image::load_from_memory(&picture.large).unwrap().to_rgb8()[(4, 4)][0] > 150);
}

#[test]
fn what_is_no_picture_is_named() {
    let svg = b"\xEF\xBB\xBF <?xml version=\"1.0\"?>\n<!-- a drawing -->\n<SVG xmlns=\"http://www.w3.org/2000/svg\"/>";
    assert_eq!(convert(svg), Err(PictureError::Svg));
    for other in
        [&b""[..], b"G", b"<!doctype html><title>No</title>", b"%PDF-1.7", b"PK\x03\x04", b"BM\x00\x00", b"II*\0"]
    {
        assert_eq!(convert(other), Err(PictureError::Kind));
    }
    assert_eq!(convert(&vec![0; LARGEST_FILE + 1]), Err(PictureError::Size));
}

#[test]
fn too_many_pixels_are_refused_before_they_are_decoded() {
    let grey = |width, height| file(image::GrayImage::new(width, height), ImageFormat::Png);
    assert!(convert(&grey(4000, 4000)).is_ok());
    assert_eq!(convert(&grey(4001, 4000)), Err(PictureError::Pixels));
    assert_eq!(convert(&grey(16_385, 1)), Err(PictureError::Pixels));
    assert_eq!(convert(&file(RgbaImage::new(3500, 3500), ImageFormat::Png)), Err(PictureError::Pixels));
}

#[test]
fn what_was_broken_off_is_refused() {
    for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP] {
        let whole = file(halves(200, 200), format);
        for length in [whole.len() / 4, whole.len() / 2, whole.len() - 20] {
            assert!(convert(&whole[..length]).is_err(), "{format:?} {length}");
        }
    }
}
