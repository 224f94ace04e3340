//! One command runs everything that is there.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// F6: `cargo test` leaves out no crate, no file of tests and no test.
#[test]
fn f6_cargo_test_runs_every_test_there_is() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let workspace = fs::read_to_string(root.join("Cargo.toml")).unwrap();
    assert!(!workspace.contains("default-members") && !workspace.contains("exclude"));
    for folder in ["functions", "shared", "infra"] {
        for entry in fs::read_dir(root.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.join("Cargo.toml").exists() {
                let member = path.strip_prefix(root).unwrap().display().to_string();
                assert!(workspace.contains(&format!("\"{member}\"")), "{member}");
            }
        }
    }

    for path in rust_files(&root.join("tests")) {
        let text = fs::read_to_string(&path).unwrap();
        // Put together here, or this very file would be found.
        let skipped = ["#[", "ignore"].concat();
        assert!(!text.contains(&skipped), "{}", path.display());
        assert!(is_declared(&path), "{} is no module", path.display());
    }
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|e| e.unwrap().path());
    let (folders, files): (Vec<_>, Vec<_>) = entries.partition(|path| path.is_dir());
    let rust = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "rs");
    let mut files: Vec<PathBuf> = files.into_iter().filter(rust).collect();
    files.extend(folders.iter().flat_map(|folder| rust_files(folder)));
    files
}

/// Whether the module above names the file, or the file is where a target begins.
fn is_declared(path: &Path) -> bool {
    let stem = path.file_stem().unwrap().to_str().unwrap();
    let folder = path.parent().unwrap();
    let (name, above) = match stem {
        "it" | "lib" => return true,
        "mod" => (
            folder.file_name().unwrap().to_str().unwrap(),
            folder.parent().unwrap(),
        ),
        stem => (stem, folder),
    };
    let parents = [
        above.join("mod.rs"),
        above.join("lib.rs"),
        above.join("it.rs"),
        above.with_extension("rs"),
    ];
    parents.iter().any(|parent| {
        fs::read_to_string(parent).is_ok_and(|text| text.contains(&format!("mod {name};")))
    })
}
