//! Makes JSON of the built-in personas, which people edit as TOML: the functions need no reader of
//! TOML for it.

use std::{env, error::Error, fs, path::Path};

fn main() -> Result<(), Box<dyn Error>> {
    let root = env::var("CARGO_MANIFEST_DIR")?;
    let file = Path::new(&root).join("../../infra/seed/personas.toml");
    println!("cargo:rerun-if-changed={}", file.display());
    let text = fs::read_to_string(&file)?;
    let table: toml::Table = text
        .parse()
        .map_err(|why| format!("{}: {why}", file.display()))?;
    let rows = table
        .get("persona")
        .ok_or("personas.toml: no [[persona]] in it")?;
    let made = Path::new(&env::var("OUT_DIR")?).join("personas.json");
    fs::write(made, serde_json::to_string(rows)?)?;
    Ok(())
}
