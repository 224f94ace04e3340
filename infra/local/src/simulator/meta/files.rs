//! Files: uploaded, looked up by id, and downloaded from an address that lives five minutes.

use axum::{
    Json,
    body::Bytes,
    extract::{Path, Query, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use jiff::SignedDuration;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{api::authenticate, error::MetaError, multipart, webhook::hmac_sha256};
use crate::simulator::{SimFile, Simulator, provider::SimProvider};

/// Meta takes documents of up to 100 MB; the form around one is small.
pub(super) const MOST_BYTES: usize = 101 * MEGABYTE;
const MEGABYTE: usize = 1024 * 1024;
/// Where files are downloaded, as on Meta's own host.
pub(super) const PATH: &str = "/whatsapp_business/attachments/";
const LIVES: SignedDuration = SignedDuration::from_mins(5);

/// What may be uploaded, and how large
/// (https://developers.facebook.com/docs/whatsapp/cloud-api/reference/media#supported-media-types).
const TYPES: &[(&str, usize)] = &[
    ("application/msword", 100 * MEGABYTE),
    ("application/pdf", 100 * MEGABYTE),
    ("application/vnd.ms-excel", 100 * MEGABYTE),
    ("application/vnd.ms-powerpoint", 100 * MEGABYTE),
    (
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        100 * MEGABYTE,
    ),
    (
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        100 * MEGABYTE,
    ),
    (
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        100 * MEGABYTE,
    ),
    ("audio/aac", 16 * MEGABYTE),
    ("audio/amr", 16 * MEGABYTE),
    ("audio/mp4", 16 * MEGABYTE),
    ("audio/mpeg", 16 * MEGABYTE),
    ("audio/ogg", 16 * MEGABYTE),
    ("image/jpeg", 5 * MEGABYTE),
    ("image/png", 5 * MEGABYTE),
    ("image/webp", 512 * 1024),
    ("text/plain", 100 * MEGABYTE),
    ("video/3gpp", 16 * MEGABYTE),
    ("video/mp4", 16 * MEGABYTE),
];

pub(super) async fn upload(
    State(simulator): State<Simulator>,
    Path((version, id)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Value>, MetaError> {
    let meta = authenticate(&simulator, &version, &headers)?;
    if id != meta.phone_number_id {
        return Err(MetaError::unknown_object(&id));
    }
    let content_type = headers.get(header::CONTENT_TYPE);
    let content_type = content_type.and_then(|value| value.to_str().ok());
    let fields = multipart::fields(content_type.unwrap_or_default(), &body)
        .ok_or_else(|| MetaError::parameter("The body must be multipart/form-data."))?;
    let field = |name: &str| fields.iter().find(|field| field.name == name);
    if field("messaging_product").is_none_or(|field| field.bytes != b"whatsapp") {
        return Err(MetaError::parameter(
            "messaging_product must be one of {WHATSAPP}",
        ));
    }
    let file =
        field("file").ok_or_else(|| MetaError::parameter("The parameter file is required."))?;
    let media_type = file.media_type.as_deref().unwrap_or_default();
    let essence = media_type.split(';').next().unwrap_or_default().trim();
    let Some((_, most)) = TYPES.iter().find(|(name, _)| *name == essence) else {
        let names: Vec<_> = TYPES.iter().map(|(name, _)| *name).collect();
        return Err(MetaError::parameter(format!(
            "Param file must be a file with one of the following types: {}. Received file of type \
             '{media_type}'.",
            names.join(", ")
        )));
    };
    if file.bytes.is_empty() || file.bytes.len() > *most {
        return Err(MetaError::new(
            131_053,
            format!("A file of type {essence} has 1 to {most} bytes."),
        ));
    }
    let kept = simulator.keep_file(
        SimProvider::Meta,
        SimFile {
            media_type: media_type.to_owned(),
            filename: file.filename.clone(),
            bytes: Bytes::copy_from_slice(file.bytes),
        },
    );
    Ok(Json(json!({ "id": kept.id })))
}

pub(super) async fn look_up(
    State(simulator): State<Simulator>,
    Path((version, id)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Json<Value>, MetaError> {
    let meta = authenticate(&simulator, &version, &headers)?;
    let file = simulator
        .files()
        .get(&id)
        .ok_or_else(|| MetaError::unknown_object(&id))?;
    let until = (simulator.config().clock.now() + LIVES).as_second();
    let hash = hmac_sha256(&meta.app_secret, format!("{id}/{until}").as_bytes());
    // The caller's own name for this host: there may be a proxy in between.
    let host = headers.get(header::HOST);
    let host = host.and_then(|host| host.to_str().ok()).unwrap_or_default();
    Ok(Json(json!({
        "url": format!("http://{host}{PATH}?mid={id}&ext={until}&hash={hash}"),
        "mime_type": file.media_type,
        "sha256": file.sha256,
        "file_size": file.bytes.len(),
        "id": id,
        "messaging_product": "whatsapp",
    })))
}

/// What an address to download from says.
#[derive(Deserialize)]
pub(super) struct Attachment {
    mid: String,
    ext: i64,
    hash: String,
}

pub(super) async fn download(
    State(simulator): State<Simulator>,
    Query(wanted): Query<Attachment>,
    headers: HeaderMap,
) -> Result<Response, StatusCode> {
    let meta = authenticate(&simulator, "v23.0", &headers).map_err(|_| StatusCode::UNAUTHORIZED)?;
    let signed = format!("{}/{}", wanted.mid, wanted.ext);
    let is_ours = hmac_sha256(&meta.app_secret, signed.as_bytes()) == wanted.hash;
    if !is_ours || wanted.ext < simulator.config().clock.now().as_second() {
        return Err(StatusCode::NOT_FOUND);
    }
    let file = simulator.files().get(&wanted.mid);
    let file = file.ok_or(StatusCode::NOT_FOUND)?;
    let media_type = [(header::CONTENT_TYPE, file.media_type.clone())];
    Ok((media_type, file.bytes.clone()).into_response())
}
