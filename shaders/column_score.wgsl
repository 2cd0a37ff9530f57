// The score of DPS mix: the statistic times a factor that depends on how often the entry's column was kept.
//: use grid

struct Score {
    count: u32,    // entries
    stride: u32,   // entries of one column
    factors: u32,  // length of the table
    unused: u32,
}

@group(0) @binding(0) var<storage, read_write> statistic: array<f32>;
@group(0) @binding(1) var<storage, read_write> kept: array<u32>;
@group(0) @binding(2) var<storage, read_write> factor: array<f32>;
@group(0) @binding(3) var<storage, read_write> score: array<f32>;
@group(0) @binding(4) var<storage, read> size: Score;

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = flat_index(id, groups);
    if (i >= size.count) {
        return;
    }
    score[i] = statistic[i] * factor[min(kept[i / size.stride], size.factors - 1u)];
}
