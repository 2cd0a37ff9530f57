import { useEffect, useState } from "react";
import { Subtune } from "subtune";

/** A tuner for as long as the component is there. StrictMode loads two, and the first is aborted: that is harmless. */
export function useTuner() {
  const [state, setState] = useState({ status: "loading" });
  useEffect(() => {
    const controller = new AbortController();
    const { signal } = controller;
    let tuner;
    const onProgress = ({ file, loaded, total }) => file && setState({ status: `${file}: ${loaded} of ${total ?? "?"} bytes` });
    Subtune.load({ signal, onProgress }).then(
      (loaded) => {
        tuner = loaded;
        if (signal.aborted) tuner.dispose();
        else setState({ status: `ready on ${tuner.device.name}`, tuner });
      },
      (error) => signal.aborted || setState({ status: `${error.name}: ${error.message}` }),
    );
    return () => {
      controller.abort();
      tuner?.dispose();
    };
  }, []);
  return state;
}
