# What people run, by short names: https://just.systems. Each recipe only calls what stands in scripts/, www/ or benches/.

# the list of recipes
default:
    @just --list

# the program, in target/release
build:
    cargo build --release --locked

# everything that must hold; installs what it needs
test:
    bash scripts/test

# format, lints, types, spelling, dependencies; for www/ after its build
lint:
    cargo fmt --check
    cargo clippy --locked --tests --benches -- -D warnings
    cd www && npm run check
    typos
    scripts/deny

# the files that are made from src/spec
generate:
    scripts/generate

# the time of a training step, such as `just bench --only methods`
bench *ARGS:
    cargo bench --locked -- {{ARGS}}

# the page, in www/site, with the npm package that it is made of
page:
    cd www && npm ci && npm run build && npm run build:page

# the page, on http://localhost:8080/
serve: page
    cd www && node scripts/serve.js site

# accuracy beside other ways to train; benches/quality/README.md says what it needs
quality *ARGS:
    benches/quality/run {{ARGS}}
