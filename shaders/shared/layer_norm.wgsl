//: use lane

struct Rows {
    count: u32,
    lanes: u32,     // items of a row
    features: f32,  // entries of a row
    epsilon: f32,
}

struct Moments {
    mean: f32,
    inverse: f32,  // one over the standard deviation
}

// The moments of the row of `x` that begins at `start`.
fn moments(start: u32) -> Moments {
    var sum = Lane(0.0);
    for (var i = start; i < start + rows.lanes; i++) {
        sum += x[i];
    }
    let mean = lane_sum(sum) / rows.features;
    var squares = Lane(0.0);
    for (var i = start; i < start + rows.lanes; i++) {
        let centred = x[i] - mean;
        squares += centred * centred;
    }
    return Moments(mean, 1.0 / sqrt(lane_sum(squares) / rows.features + rows.epsilon));
}
