//! The house as ARCHITECTURE.md says it is, and one command that runs everything in it.

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

/// F1: `core` decides and touches nothing (invariant 1), and no function knows another.
#[test]
fn f1_the_arrows_between_crates_go_one_way() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let manifest = |crate_: &str| fs::read_to_string(root.join(crate_).join("Cargo.toml")).unwrap();
    let functions = [
        "agent",
        "approvals",
        "clock",
        "executor",
        "ingress",
        "outbound",
    ];
    let needs = |manifest: &str, dependency: &str| {
        let mut lines = manifest.lines();
        lines.any(|line| line.starts_with(&format!("{dependency}.")))
    };

    let core = manifest("shared/core");
    for outside in [
        "tokio",
        "futures",
        "reqwest",
        "aws-config",
        "tracing",
        "rand",
    ] {
        assert!(!needs(&core, outside), "core needs {outside}");
    }
    for path in rust_files(&root.join("shared/core/src")) {
        let text = fs::read_to_string(&path).unwrap();
        for outside in [
            "Timestamp::now",
            "SystemTime",
            "Instant::now",
            "new_v4",
            "std::fs",
            "std::env",
        ] {
            assert!(!text.contains(outside), "{} uses {outside}", path.display());
        }
    }
    for function in functions {
        let manifest = manifest(&format!("functions/{function}"));
        for other in functions {
            assert!(!needs(&manifest, other), "{function} needs {other}");
        }
    }
    for shared in ["core", "aws", "whatsapp", "models", "remote", "business"] {
        let manifest = manifest(&format!("shared/{shared}"));
        for above in functions.into_iter().chain(["countersign-local"]) {
            assert!(!needs(&manifest, above), "{shared} needs {above}");
        }
    }
    // What the functions' starts are measured against has nothing that only ours do.
    let bare = manifest("infra/bare");
    let (_, dependencies) = bare.split_once("[dependencies]\n").unwrap();
    assert_eq!(
        dependencies,
        "lambda_http.workspace = true\ntokio.workspace = true\n"
    );
    for shared in ["aws", "whatsapp", "models", "remote"] {
        let manifest = manifest(&format!("shared/{shared}"));
        for beside in ["aws", "whatsapp", "models", "remote", "business"] {
            let beside = format!("countersign-{beside}");
            assert!(!needs(&manifest, &beside), "{shared} needs {beside}");
        }
    }
}

/// Invariant 16: what the SDK waits between its tries, and a turn between its own, stays under 2 s.
#[test]
fn f1_no_function_sleeps() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let retries = countersign_aws::retries();
    let waits = retries.max_attempts() - 1;
    assert!(retries.max_backoff() * waits <= std::time::Duration::from_secs(2));
    let sleeping: Vec<PathBuf> = rust_files(&root.join("functions"))
        .into_iter()
        .filter(|path| fs::read_to_string(path).unwrap().contains("sleep("))
        .map(|path| path.strip_prefix(root).unwrap().to_owned())
        .collect();
    // Lost to another turn: 5, 20, 45, … ms, 0.7 s in all.
    assert_eq!(sleeping, [PathBuf::from("functions/agent/src/turns.rs")]);
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
