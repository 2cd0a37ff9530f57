// From all partial sums of squares: the global norm, the clip factor, and whether the step can be taken.
//: use grid, norm

struct Clip {
    count: u32,
    max_norm: f32,  // 0: no clipping
}

@group(0) @binding(0) var<storage, read_write> partials: array<f32>;
@group(0) @binding(1) var<storage, read_write> norm: Norm;
@group(0) @binding(2) var<storage, read> clip: Clip;

var<workgroup> sums: array<f32, 256>;

@compute @workgroup_size(256)
fn main(@builtin(local_invocation_index) local: u32) {
    var sum = 0.0;
    for (var i = local; i < clip.count; i += WORKGROUP) {
        sum += partials[i];
    }
    sums[local] = sum;
    workgroupBarrier();
    for (var half = WORKGROUP / 2u; half > 0u; half /= 2u) {
        if (local < half) {
            sums[local] += sums[local + half];
        }
        workgroupBarrier();
    }
    if (local == 0u) {
        let total = sums[0];
        // by its bits: a compiler may assume that floats are never NaN
        let finite = (bitcast<u32>(total) & 0x7f800000u) != 0x7f800000u;
        norm.value = sqrt(total);
        norm.finite = select(0.0, 1.0, finite);
        norm.skipped += select(1.0, 0.0, finite);
        norm.scale = 1.0;
        if (clip.max_norm > 0.0 && finite) {
            norm.scale = min(1.0, clip.max_norm / (norm.value + 1e-6));
        }
    }
}
