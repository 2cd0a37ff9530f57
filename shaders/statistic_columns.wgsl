// As statistic, for the columns that the mask keeps. Also counts how often each column was kept.
//: use grid, lane, norm, statistic

@group(0) @binding(0) var<storage, read_write> gradient: array<Lane>;
@group(0) @binding(1) var<storage, read_write> mask: array<u32>;
@group(0) @binding(2) var<storage, read_write> statistic: array<Lane>;
@group(0) @binding(3) var<storage, read_write> kept: array<u32>;
@group(0) @binding(4) var<storage, read_write> norm: Norm;
@group(0) @binding(5) var<storage, read> accumulate: Accumulate;

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = flat_index(id, groups);
    let finite = norm.finite != 0.0;
    if (i < accumulate.columns) {
        var times = select(kept[i], 0u, accumulate.fresh == 1u);
        let first = i * accumulate.stride;
        if (finite) {
            times += (mask[first / 32u] >> (first % 32u)) & 1u;
        }
        kept[i] = times;
    }
    if (i >= accumulate.count) {
        return;
    }
    var sum = statistic[i];
    if (accumulate.fresh == 1u) {
        sum = Lane(0.0);
    }
    if (finite) {
        let entry = i * LANES;
        let keep = lane_mask(mask[entry / 32u] >> (entry % 32u)) != Lane(0.0);
        // select, not a product: a masked-out gradient may be infinite
        sum += select(Lane(0.0), evidence(gradient[i]), keep);
    }
    statistic[i] = sum;
}
