// A matrix product, of any strides; the entries of a row of `right` and of `result` lie side by side.
@group(0) @binding(0) var<storage, read_write> left: array<Left>;
@group(0) @binding(1) var<storage, read_write> right: array<Lane>;
@group(0) @binding(2) var<storage, read_write> result: array<Lane>;
@group(0) @binding(3) var<storage, read> product: Product;

fn start(lane: u32) -> Lane {
    return Lane(0.0);
}
