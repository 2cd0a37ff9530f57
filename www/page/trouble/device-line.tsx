import { useComputed } from "@preact/signals";
import { device, engine, engineWarnings, loadEngine, reloadEngine, totalBytes } from "../state/engine";
import { ChooseBase } from "../base/choose";
import { whole } from "../offline/register";
import { deviceName, hasProgram, megabytes } from "../words";
import { Trouble } from "./trouble";

/** The state of the engine: waiting, loading (in bytes), or ready on a device. */
export function DeviceLine() {
  const state = engine.value;
  return (
    <section class="engine" aria-label="Engine">
      {state.phase === "waiting" && (
        <div class="row">
          <span>
            {hasProgram
              ? "The model loads when you need it."
              : `The engine and the model (${megabytes(totalBytes.value)}) load when you need them.`}
          </span>
          <button onClick={() => void loadEngine().catch(() => undefined)}>Load now</button>
        </div>
      )}
      {state.phase === "loading" && <Loading what={state.what} loaded={state.loaded} />}
      {state.phase === "ready" && <Ready />}
      {state.phase === "failed" && <Trouble error={state.error} again={() => undefined} />}
      <ChooseBase />
      {engineWarnings.value.map((message) => (
        <p class="note" key={message}>
          {message}
        </p>
      ))}
    </section>
  );
}

function Loading({ what, loaded }: { what: string; loaded: number }) {
  return (
    <div class="loading">
      <span id="loading">{what}…</span>
      {!hasProgram && (
        <span class="figures quiet">
          {megabytes(loaded)} of {megabytes(totalBytes.value)}
        </span>
      )}
      <progress aria-labelledby="loading" {...(!hasProgram && { max: totalBytes.value, value: loaded })} />
    </div>
  );
}

function Ready() {
  const tuner = useComputed(() => (engine.value.phase === "ready" ? engine.value.tuner : null)).value;
  if (!tuner) return null;
  const { kind, reason, software } = tuner.device;
  const onCpu = kind === "cpu";
  return (
    <>
      <p>
        <span class="dot" aria-hidden="true" />
        <strong>Ready.</strong> Runs on {deviceName(tuner.device)}.{" "}
        <span class="quiet">{whole.value ? "Works offline from now on." : ""}</span>
      </p>
      {onCpu && device.value !== "cpu" && (
        <details class="why">
          <summary>Why not on the graphics processor, which is faster?</summary>
          <p>{reason.charAt(0).toUpperCase() + reason.slice(1)}.</p>
          {hasProgram ? (
            <p>
              In a terminal, <code>subtune doctor</code> tells more.
            </p>
          ) : (
            <HowToWebGpu />
          )}
        </details>
      )}
      {onCpu && device.value === "cpu" && (
        <details class="why">
          <summary>You chose the processor</summary>
          <p>A graphics processor is faster, if there is one.</p>
          <button onClick={() => void reloadEngine("auto").catch(() => undefined)}>Choose automatically</button>
        </details>
      )}
      {software && <p class="note">This graphics processor is emulated on the main processor: the results are correct, but it is slow.</p>}
    </>
  );
}

function HowToWebGpu() {
  return (
    <>
      <p>Everything works on the processor too, but more slowly. The graphics processor needs a browser with WebGPU:</p>
      <ul>
        <li>Chrome and Edge from version 113 on Windows, macOS and ChromeOS, from 121 on Android</li>
        <li>Safari from version 26</li>
        <li>Firefox from version 141 on Windows, from 145 on Macs with Apple silicon</li>
        <li>
          Chrome on Linux: open <code>chrome://flags/#enable-unsafe-webgpu</code>, turn it on, and start Chrome again
        </li>
      </ul>
      <p>Hardware acceleration must be on in the browser's settings, under “System”.</p>
    </>
  );
}
