//: use lane

struct Size {
    count: u32,   // items of Lane
    unused: u32,
}

// erf as an odd rational function of the argument, right to a few units in the last place of float32. Eigen and XLA
// use the same one. It has no exponential, so it costs the same everywhere.
fn erf(argument: Lane) -> Lane {
    let x = clamp(argument, Lane(-4.0), Lane(4.0));
    let y = x * x;
    var p = Lane(-2.72614225801306e-10);
    p = p * y + 2.77068142495902e-08;
    p = p * y - 2.10102402082508e-06;
    p = p * y - 5.69250639462346e-05;
    p = p * y - 7.34990630326855e-04;
    p = p * y - 2.95459980854025e-03;
    p = p * y - 1.60960333262415e-02;
    var q = Lane(-1.45660718464996e-05);
    q = q * y - 2.13374055278905e-04;
    q = q * y - 1.68282697438203e-03;
    q = q * y - 7.37332916720468e-03;
    q = q * y - 1.42647390514189e-02;
    return x * p / q;
}

// The share of the standard normal distribution below x.
fn normal_cdf(x: Lane) -> Lane {
    return 0.5 * (1.0 + erf(x * 0.70710678118654752));
}
