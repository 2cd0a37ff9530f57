import { engineHere } from "./here.js";
import type { Port } from "./protocol.js";
import { serve } from "./serve.js";

serve(engineHere({}), globalThis as unknown as Port);
