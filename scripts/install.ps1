# Installs subtune from a release: downloads the archive for Windows, compares its SHA-256 with the release's, and puts
# the program into %LOCALAPPDATA%\subtune\bin. SUBTUNE_BIN names another folder.
$ErrorActionPreference = "Stop"
$release = if ($env:SUBTUNE_RELEASE) { $env:SUBTUNE_RELEASE } else { "https://github.com/REPOSITORY/releases/download/TAG" }
$bin = if ($env:SUBTUNE_BIN) { $env:SUBTUNE_BIN } else { Join-Path $env:LOCALAPPDATA "subtune\bin" }
$name = "subtune-x86_64-pc-windows-msvc"
$place = Join-Path ([IO.Path]::GetTempPath()) ([Guid]::NewGuid())
New-Item -ItemType Directory $place | Out-Null
try {
    foreach ($file in "SHA256SUMS", "$name.zip") { Invoke-WebRequest -UseBasicParsing "$release/$file" -OutFile (Join-Path $place $file) }
    $expected = Get-Content (Join-Path $place "SHA256SUMS") | Where-Object { $_ -match " \*?$([regex]::Escape("$name.zip"))$" }
    if (-not $expected) { throw "SHA256SUMS does not name $name.zip" }
    $found = (Get-FileHash -Algorithm SHA256 (Join-Path $place "$name.zip")).Hash
    if ($found -ne ($expected -split " ")[0]) { throw "$name.zip has another SHA-256 than the release says; nothing was installed" }
    Expand-Archive (Join-Path $place "$name.zip") $place
    New-Item -ItemType Directory -Force $bin | Out-Null
    Copy-Item -Force (Join-Path $place "$name\subtune.exe") $bin
    Write-Output "$(& (Join-Path $bin "subtune.exe") --version) is in $bin; add it to your PATH"
}
finally { Remove-Item -Recurse -Force $place }
