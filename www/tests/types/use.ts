// Compiled, never run: the types as a user of the package meets them.
import {
  Aborted,
  DownloadFailed,
  type LoadOptions,
  type LoadProgress,
  type Prediction,
  type Run,
  type StepEvent,
  Subtune,
  SubtuneError,
  type TrainEvent,
  type Tuner,
} from "subtune";

export async function main(data: Blob, signal: AbortSignal): Promise<string> {
  const onProgress = (progress: LoadProgress): string =>
    progress.type === "file" ? `${progress.file} ${progress.loaded} of ${progress.total ?? "?"}` : progress.type;
  const tuner: Tuner = await Subtune.load({ model: "minilm", device: "auto", signal, onProgress });
  const run: Run = tuner.train({
    data,
    textColumn: "text",
    labelColumn: "label",
    method: "dps-dense",
    numTrainEpochs: 3,
    seed: 1,
    signal,
  });
  for await (const event of run) console.log(describe(event));
  const result = await run.result;
  if (result.test && "accuracy" in result.test) console.log(result.test.accuracy, result.test.perClass[0]?.f1);
  const [first] = await tuner.predict(["good", { text: "a", pair: "b" }]);
  const files: Record<string, Uint8Array> = await tuner.export({ dtype: "float16" });
  const forTransformersJs: Record<string, Uint8Array> = await tuner.export({ format: "onnx", dtype: "q8" });
  console.log(forTransformersJs["onnx/model_quantized.onnx"]?.length);
  const { metrics } = await tuner.evaluate([{ text: "a", label: 1 }]);
  const inspection = await tuner.inspect({ name: "a.tsv", bytes: new Uint8Array() }, { maxLength: 64 });
  if (inspection.content?.task.kind === "classification") console.log(inspection.content.task.classes[0]?.examples);
  const asked = inspection.questions.map((one) => (one.role === "merge_labels" ? one.groups.length : one.candidates[0]?.column));
  console.log(asked, inspection.content?.understood.reading.delimiter);
  const { rows, textColumn } = await tuner.rows(data, { sheet: "2" });
  const { accuracy, proposals, ask } = await tuner.suggest(data, { labelColumn: "label", n: 5, signal });
  console.log(rows[ask[0]!]?.[0], textColumn, accuracy?.low, proposals[0]?.probability);
  await tuner.train({
    data,
    mergeLabels: true,
    recipe: "plain",
    pooling: "mean",
    crossValidationFolds: 3,
    stage: "contrastive",
    labelNames: true,
    method: "probe",
  }).result;
  const kept = tuner.train({ data, checkpoints: "reviews", saveSteps: 50, saveTotalLimit: 1 });
  kept.stop();
  const [stored] = await Subtune.runs();
  if (stored && !stored.inUse)
    console.log(stored.step / stored.maxSteps, stored.storedAt.getTime(), stored.options.method, stored.data.name);
  const resumed: Run = tuner.resume("reviews", { signal, checkpoint: stored?.checkpoints[0], saveSteps: 10 });
  await resumed.result;
  await Subtune.forget("reviews");
  await tuner.dispose();
  return `${first && said(first)} ${Object.keys(files).length} ${metrics.loss}`;
}

function said(prediction: Prediction): string {
  if (prediction.labels !== undefined) return prediction.labels.join("; ");
  return prediction.label !== undefined
    ? prediction.label + prediction.probability + prediction.probabilities.map((one) => one.label + one.probability).join()
    : prediction.value.toFixed(2);
}

/** Every kind of event, each with its own fields: a new kind must be added here. */
function describe(event: TrainEvent): string {
  switch (event.type) {
    case "start":
      return `${event.maxSteps} ${event.arguments.learningRate ?? event.learningRate}`;
    case "contrast":
      return `${event.step}/${event.steps} ${event.loss}`;
    case "probe":
      return `${event.examples} ${event.metrics?.interval?.low}`;
    case "fold":
      return `${event.fold} of ${event.folds}`;
    case "calibration":
      return `${event.part} ${event.temperature}`;
    case "survey":
      return `${event.batch} of ${event.batches}`;
    case "step":
      return loss(event);
    case "evaluation":
      return "pearson" in event ? `${event.pearson}` : `${event.macroF1}`;
    case "subnetwork":
      return event.matrices.map(({ name, kept, entries }) => `${name} ${kept / entries}`).join();
    case "checkpoint":
      return `${event.step} ${event.name}`;
    case "warning":
      return event.message;
    case "recovery":
      return `${event.step} ${event.from} ${event.message}`;
    case "suspects":
      return event.suspects.map(({ text, label, likely }) => `${text}: ${label}, rather ${likely}`).join();
    case "end":
      return `${event.bestStep}`;
    default:
      return event satisfies never;
  }
}

function loss(event: StepEvent): string {
  return event.loss.toFixed(4);
}

export function why(error: unknown): string {
  if (error instanceof Aborted) return error.name satisfies "AbortError";
  if (error instanceof DownloadFailed) return `${error.url} ${error.status}`;
  return error instanceof SubtuneError ? error.message : "?";
}

export const elsewhere: LoadOptions[] = [
  { model: new URL("https://models.example/bert/"), device: "cpu", worker: false },
  { model: { url: "models/bert", sha256: { "model.safetensors": "0".repeat(64) } } },
  { model: { "config.json": new Uint8Array() } },
];

// @ts-expect-error a method that there is not
export const noMethod = (tuner: Tuner, data: Blob) => tuner.train({ data, method: "dps" });
// @ts-expect-error an option that there is not
export const noOption = (tuner: Tuner, data: Blob) => tuner.train({ data, learningrate: 1 });
// @ts-expect-error nothing to train on
export const noData = (tuner: Tuner) => tuner.train({});
