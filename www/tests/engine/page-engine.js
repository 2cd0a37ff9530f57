// The recorded engine in place of the WebAssembly, for the page in any of its states (`node page/build.js --fake`). A page makes it slow
// or lets it fail by a message on the channel: states.js.
import page from "./recordings/page.json";
import unit from "./recordings/unit.json";
import { unpack } from "./packing.js";
import { failure, recordedModule } from "./recorded.js";

const wait = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Milliseconds of a step and of a step of a cross-validation; what happens after step {@link LATE}; whether checkpoints are damaged; the error of a suggestion. */
const wanted = { pace: 40, foldPace: 10, trouble: null, damaged: false, suggestion: null };
new BroadcastChannel("recorded engine").onmessage = ({ data }) => Object.assign(wanted, data);

/** Well after the last step that is measured. */
const LATE = 40;
/** Errors that the engine has on real devices only. After "recovers", the run goes on. */
const TROUBLE = {
  lost: { code: "lost", message: "SwiftShader was lost (Destroyed: device was destroyed); if that happens often, use the CPU" },
  recovers: { code: "lost", message: "SwiftShader was lost (Destroyed: device was destroyed); if that happens often, use the CPU" },
  memory: { code: "memory", message: "there is not enough memory: a tensor of 1.2 GB does not fit" },
  diverged: unpack(unit).runs.at(-1).error,
};
const DAMAGED = {
  code: "checkpoint",
  message:
    "tensors.safetensors: does not have the hash in commit.json; the checkpoint is damaged: resume from an older one, or train again",
};

const { module } = recordedModule(
  { ...unpack(unit), ...unpack(page) },
  {
    get recovers() {
      return wanted.trouble === "recovers" ? 1 : 0;
    },
    load: async (device) => {
      await wait(30);
      if (device === "webgpu" && !(await navigator.gpu?.requestAdapter())) {
        throw failure({ code: "device", message: "this browser has WebGPU but found no graphics processor for it" });
      }
    },
    // longer than the half second in which what moves counts as the answer to a click
    inspect: () => wait(600),
    suggest: async () => {
      await wait(100);
      if (wanted.suggestion) throw failure(wanted.suggestion);
    },
    predict: () => wait(40),
    proceed: async ({ step, next, recoveries }) => {
      if (next.includes("step")) await wait(wanted.pace);
      if (next.includes("fold")) await wait(wanted.foldPace);
      const { trouble } = wanted;
      if (step === LATE && trouble && (trouble !== "recovers" || recoveries === 0)) throw failure(TROUBLE[trouble]);
    },
    resume: () => (wanted.damaged ? DAMAGED : undefined),
  },
);

export default module.default;
export const { Tuner, doctor, multiply_with, reproduce, version } = module;
