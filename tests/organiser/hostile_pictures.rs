//! Hostile pictures: decompression bombs, false headers and random bytes. Each is refused with a sentence or converted, within 64 MB.

use std::{
    env, fs,
    process::Command,
    time::{Duration, Instant},
};

use image::{DynamicImage, GrayImage, ImageFormat, RgbImage};
use urna::pictures;

use super::pictures::{file, halves};

/// Names the folder of files in the process that makes pictures of them.
const FOLDER: &str = "URNA_HOSTILE_PICTURES";

/// CRC-32, as PNG has it.
pub fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ if crc & 1 == 1 { 0xEDB8_8320 } else { 0 })
    })
}

fn chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let body = [&kind[..], data].concat();
    [&u32::try_from(data.len()).unwrap().to_be_bytes()[..], &body, &crc(&body).to_be_bytes()].concat()
}

/// A PNG that says it has these dimensions, depth and colours.
fn png(width: u32, height: u32, depth: u8, colours: u8, chunks: &[Vec<u8>]) -> Vec<u8> {
    let header = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[depth, colours, 0, 0, 0]].concat();
    let chunks = chunks.concat();
    [&b"\x89PNG\r\n\x1a\n"[..], &chunk(b"IHDR", &header), &chunks, &chunk(b"IEND", b"")].concat()
}

/// 64 MB of nothing in a few kilobytes of zlib.
fn zeros() -> Vec<u8> {
    let bytes = file(&GrayImage::new(8000, 8000).into(), ImageFormat::Png);
    let (mut at, mut zlib) = (33, Vec::new());
    while at + 12 <= bytes.len() {
        let length = usize::try_from(u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap())).unwrap();
        if &bytes[at + 4..at + 8] == b"IDAT" {
            zlib.extend(&bytes[at + 8..at + 8 + length]);
        }
        at += 12 + length;
    }
    zlib
}

/// A JPEG with other dimensions, and perhaps another kind of frame, in its header.
fn jpeg(width: u16, height: u16, kind: u8) -> Vec<u8> {
    let mut bytes = file(&halves(64, 64), ImageFormat::Jpeg);
    let at = bytes.windows(2).position(|pair| pair == [0xFF, 0xC0]).unwrap();
    bytes[at + 1] = kind;
    bytes[at + 5..at + 7].copy_from_slice(&height.to_be_bytes());
    bytes[at + 7..at + 9].copy_from_slice(&width.to_be_bytes());
    bytes
}

/// A segment put behind the first two bytes of a JPEG.
fn jpeg_with(segment: &[u8]) -> Vec<u8> {
    let bytes = file(&halves(64, 64), ImageFormat::Jpeg);
    [&bytes[..2], segment, &bytes[2..]].concat()
}

fn riff(chunks: &[(&[u8; 4], Vec<u8>)]) -> Vec<u8> {
    let mut body = b"WEBP".to_vec();
    for (kind, data) in chunks {
        body.extend(*kind);
        body.extend(u32::try_from(data.len()).unwrap().to_le_bytes());
        body.extend(data);
        body.extend(vec![0; data.len() % 2]);
    }
    [&b"RIFF"[..], &u32::try_from(body.len()).unwrap().to_le_bytes(), &body].concat()
}

/// The header of an extended WebP.
fn canvas(flags: u8, width: u32, height: u32) -> Vec<u8> {
    let side = |side: u32| (side - 1).to_le_bytes()[..3].to_vec();
    [vec![flags, 0, 0, 0], side(width), side(height)].concat()
}

/// A lossless stream whose prefix codes take 4 GB: 65,536 groups, each with 2,048 codes of 11 bits.
fn prefix_bomb(header: bool) -> Vec<u8> {
    let (mut bytes, mut count) = (Vec::new(), 0);
    let mut put = |value: u64, bits: usize| {
        for i in 0..bits {
            if count % 8 == 0 {
                bytes.push(0);
            }
            *bytes.last_mut().unwrap() |= u8::try_from(value >> i & 1).unwrap() << (count % 8);
            count += 1;
        }
    };
    if header {
        put(0x2F, 8);
        put(15, 14);
        put(15, 14);
        put(0, 4);
    }
    put(0, 1); // no transform
    put(1 | 11 << 1, 5); // a cache of 2,048 colours
    put(1, 4); // groups, a block of 4 pixels each
    put(0, 1); // their image has no cache,
    for _ in 0..2 {
        put(0b101, 3); // and green and red
        put(0xFF, 8); // are 255 everywhere
    }
    put(0b001_0001_0001, 12); // the other codes: one symbol each
    for _ in 0..65_536 {
        put(11 << 1, 5);
        put(0, 42);
        put(1, 3);
        put(1 | 5 << 1, 4);
        put(2046, 12);
        put(0b0001_0001_0001_0001, 16);
    }
    bytes
}

fn hostile() -> Vec<(&'static str, Vec<u8>)> {
    let zeros = zeros();
    let profile = [&b"p\0\0"[..], &zeros].concat();
    let idat = |data: &[u8]| chunk(b"IDAT", data);
    let mut gif = file(&halves(64, 64), ImageFormat::Gif);
    gif[6..10].copy_from_slice(&[0xFF; 4]);
    let mut frame = file(&halves(64, 64), ImageFormat::Gif);
    let at = frame.iter().rposition(|byte| *byte == b',').unwrap_or(0);
    let image = frame.windows(10).position(|part| part[0] == b',' && part[5..9] == [64, 0, 64, 0]).unwrap_or(at);
    frame[6..10].copy_from_slice(&[0xA0, 0x0F, 0xB8, 0x0B]);
    frame[image + 5..image + 9].copy_from_slice(&[0xFF; 4]);
    let lossy = [&[0x10, 0, 0, 0x9D, 1, 0x2A, 0xFF, 0x3F, 0xFF, 0x3F][..], &[0; 64]].concat();
    let mut lying = riff(&[(b"VP8X", canvas(8, 16, 16)), (b"VP8L", vec![0x2F, 15, 0, 0, 0]), (b"EXIF", vec![0; 8])]);
    let at = lying.windows(4).position(|part| part == b"EXIF").unwrap();
    lying[at + 4..at + 8].copy_from_slice(&[0xFE, 0xFF, 0xFF, 0xFF]);
    let scans = {
        let mut bytes = jpeg(4000, 4000, 0xC0);
        let at = bytes.windows(2).position(|pair| pair == [0xFF, 0xDA]).unwrap();
        bytes.splice(at + 2..at + 14, [0, 8, 1, 1, 0, 0, 63, 0]);
        bytes
    };
    let mut files = vec![
        ("empty", Vec::new()),
        ("one byte", vec![0xFF]),
        ("svg", b"<?xml version='1.0'?><svg onload='alert(1)'/>".to_vec()),
        ("html", b"<!doctype html><script>alert(1)</script>".to_vec()),
        ("pdf", b"%PDF-1.7\n%\xE2\xE3\xCF\xD3\n".to_vec()),
        ("zip", b"PK\x03\x04\x14\0\0\0\x08\0".to_vec()),
        ("bmp of 2 GB", b"BM\xFF\xFF\xFF\x7F\0\0\0\0\x36\0\0\0\x28\0\0\0\xFF\xFF\0\0\xFF\xFF\0\0\x01\0\x20\0".to_vec()),
        ("png 30000x30000", png(30_000, 30_000, 8, 6, &[idat(&zeros[..100])])),
        ("png of the largest sides", png(0x7FFF_FFFF, 0x7FFF_FFFF, 16, 6, &[idat(b"")])),
        ("png of no pixels", png(0, 0, 8, 2, &[idat(&zeros)])),
        ("png bomb", png(10, 10, 8, 0, &[idat(&zeros)])),
        ("png bomb of 16 million pixels", png(4000, 4000, 8, 2, &[idat(&zeros)])),
        ("png of 16 bits", png(2400, 2400, 16, 6, &[idat(&zeros)])),
        ("png with a profile of 64 MB", png(10, 10, 8, 0, &[chunk(b"iCCP", &profile), idat(&zeros)])),
        ("png with a text of 64 MB", png(10, 10, 8, 0, &[chunk(b"zTXt", &profile), idat(&zeros)])),
        ("png without pixels", png(10, 10, 8, 0, &[])),
        ("png with a palette that is missing", png(10, 10, 8, 3, &[idat(&zeros)])),
        ("png with a length that lies", b"\x89PNG\r\n\x1a\n\x7F\xFF\xFF\xFFIHDR".to_vec()),
        ("jpeg 65500x65500", jpeg(65_500, 65_500, 0xC0)),
        ("jpeg 16000x1000", jpeg(16_000, 1000, 0xC0)),
        ("jpeg of 16 million pixels", jpeg(4000, 4000, 0xC0)),
        ("progressive jpeg 4000x4000", jpeg(4000, 4000, 0xC2)),
        ("progressive jpeg 2300x2300", jpeg(2300, 2300, 0xC2)),
        ("arithmetic jpeg", jpeg(64, 64, 0xC9)),
        ("jpeg in several scans", scans),
        ("jpeg of two bytes", vec![0xFF, 0xD8]),
        ("jpeg with a segment of no length", jpeg_with(&[0xFF, 0xE1, 0, 0])),
        ("jpeg with a segment longer than the file", jpeg_with(&[0xFF, 0xE1, 0xFF, 0xFF])),
        ("jpeg with exif that points outside", jpeg_with(b"\xFF\xE1\0\x10Exif\0\0MM\0*\xFF\xFF\xFF\xF0")),
        ("jpeg of fill bytes", [&[0xFF, 0xD8][..], &vec![0xFF; 5_000_000]].concat()),
        ("gif with a screen of 65535x65535", gif),
        ("gif with a frame of 65535x65535", frame),
        ("webp with the largest canvas", riff(&[(b"VP8X", canvas(0, 1 << 24, 1 << 24)), (b"VP8 ", lossy.clone())])),
        ("webp with a frame larger than its canvas", riff(&[(b"VP8X", canvas(0, 1, 1)), (b"VP8 ", lossy.clone())])),
        ("webp 16383x16383", riff(&[(b"VP8 ", lossy)])),
        ("webp with exif of 4 GB", lying),
        ("webp with prefix codes of 4 GB", riff(&[(b"VP8L", prefix_bomb(true))])),
        (
            "webp with transparency of 4 GB",
            riff(&[
                (b"VP8X", canvas(16, 16, 16)),
                (b"ALPH", [vec![1], prefix_bomb(false)].concat()),
                (b"VP8 ", [&[0x10, 0, 0, 0x9D, 1, 0x2A, 16, 0, 16, 0][..], &[0; 64]].concat()),
            ]),
        ),
        ("gif that is a script", b"GIF89a/*\0\0\0\0\0*/=1;alert(1)//".to_vec()),
        (
            "jpeg that is a page",
            [file(&halves(64, 64), ImageFormat::Jpeg), b"<script>alert(1)</script>".to_vec()].concat(),
        ),
        ("png of 5 MB and more", vec![0x89; pictures::LARGEST_FILE + 1]),
        ("the largest honest png", file(&DynamicImage::from(RgbImage::new(4000, 4000)), ImageFormat::Png)),
    ];
    for (name, format) in [
        ("jpeg cut", ImageFormat::Jpeg),
        ("png cut", ImageFormat::Png),
        ("gif cut", ImageFormat::Gif),
        ("webp cut", ImageFormat::WebP),
    ] {
        let whole = file(&halves(300, 200), format);
        files.extend([3, 12, 31, whole.len() / 2, whole.len() - 1].map(|length| (name, whole[..length].to_vec())));
    }
    files
}

/// A number of kilobytes from the state of this process.
fn memory(name: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with(name)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// Runs in a process of its own: what one picture takes shows in the peak of its memory.
#[test]
fn in_a_process_of_its_own() {
    let Some(folder) = env::var_os(FOLDER) else { return };
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    for path in files {
        let bytes = fs::read(&path).unwrap();
        fs::write("/proc/self/clear_refs", "5").unwrap();
        let (before, started) = (memory("VmRSS"), Instant::now());
        let result = pictures::convert(&bytes).map(|picture| picture.media_type);
        let grown = memory("VmHWM").saturating_sub(before);
        println!("{} KB, {:?}, {result:?}: {}", grown, started.elapsed(), path.display());
        assert!(grown <= 64_000, "{grown} KB for {}", path.display());
        assert!(started.elapsed() < Duration::from_secs(20), "{:?} for {}", started.elapsed(), path.display());
    }
    println!("all were converted or refused");
}

#[test]
fn hostile_pictures_cost_at_most_64_megabytes() {
    let folder = tempfile::tempdir().unwrap();
    let files = hostile();
    assert!(files.len() >= 30);
    for (i, (name, bytes)) in files.iter().enumerate() {
        fs::write(folder.path().join(format!("{i:02} {name}")), bytes).unwrap();
    }
    let output = Command::new(env::current_exe().unwrap())
        .args(["--exact", "organiser::hostile_pictures::in_a_process_of_its_own", "--nocapture", "--test-threads=1"])
        .env(FOLDER, folder.path())
        .output()
        .unwrap();
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && stdout.contains("all were converted or refused"),
        "{stdout}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    println!("{stdout}");
}
