// Finds the next digit of the threshold from the histogram, and clears the histogram for the next pass.
//: use grid, selection

@group(0) @binding(0) var<storage, read_write> selection: Selection;
@group(0) @binding(1) var<storage, read_write> histogram: array<u32>;
@group(0) @binding(2) var<storage, read> digit: Digit;

var<workgroup> sums: array<u32, 256>;

@compute @workgroup_size(256)
fn main(@builtin(local_invocation_index) local: u32) {
    let width = digit.bins / WORKGROUP;
    var sum = 0u;
    for (var i = 0u; i < width; i++) {
        sum += histogram[local * width + i];
    }
    sums[local] = sum;
    workgroupBarrier();
    if (local == 0u) {
        var remaining = selection.remaining;
        var block = WORKGROUP - 1u;
        while (block > 0u && sums[block] < remaining) {
            remaining -= sums[block];
            block -= 1u;
        }
        var bin = block * width + width - 1u;
        while (bin > block * width && histogram[bin] < remaining) {
            remaining -= histogram[bin];
            bin -= 1u;
        }
        selection.threshold |= bin << digit.shift;
        selection.remaining = remaining;
    }
    storageBarrier();
    workgroupBarrier();
    for (var i = 0u; i < width; i++) {
        histogram[local * width + i] = 0u;
    }
}
