// The microphone: its level while it is open, and what is recorded with it.

const TYPES = ["audio/webm;codecs=opus", "audio/ogg;codecs=opus", "audio/mp4", "audio/webm"];
const AFTER = 350; // ms that are still recorded after somebody has pressed stop, so that no word is cut off
const FLOOR = -60; // dBFS

/** Browsers have microphones on https and on this very computer only. */
export const possible = Boolean(globalThis.isSecureContext && navigator.mediaDevices?.getUserMedia && globalThis.MediaRecorder);

const decibels = (value) => Math.max(FLOOR, 20 * Math.log10(Math.max(value, 1e-6)));

export class Microphone {
  /** Asks for the microphone. `heard` is told the level and the peak in dBFS, twenty times a second. */
  static async open(heard) {
    const sound = { echoCancellation: false, noiseSuppression: false, autoGainControl: false, channelCount: 1, sampleRate: 48000 };
    const stream = await navigator.mediaDevices.getUserMedia({ audio: sound });
    return new Microphone(stream, heard);
  }

  constructor(stream, heard) {
    this.stream = stream;
    this.recorder = null;
    this.context = new AudioContext();
    const analyser = new AnalyserNode(this.context, { fftSize: 4096 });
    this.context.createMediaStreamSource(stream).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    this.timer = setInterval(() => {
      analyser.getFloatTimeDomainData(samples);
      let [sum, peak] = [0, 0];
      for (const sample of samples) { sum += sample * sample; peak = Math.max(peak, Math.abs(sample)); }
      heard(decibels(Math.sqrt(sum / samples.length)), decibels(peak));
    }, 50);
  }

  /** Whether it was unplugged, or taken away. */
  get isGone() { return this.stream.getAudioTracks().every((track) => track.readyState === "ended"); }

  start() {
    this.context.resume();
    const mimeType = TYPES.find((type) => MediaRecorder.isTypeSupported(type));
    const parts = [];
    this.recorder = new MediaRecorder(this.stream, { ...(mimeType && { mimeType }), audioBitsPerSecond: 256000 });
    this.recorder.addEventListener("dataavailable", (event) => { if (event.data.size) parts.push(event.data); });
    // it also ends by itself, when the microphone goes away
    this.ended = new Promise((done) => this.recorder.addEventListener("stop", done, { once: true }));
    this.recorder.start();
    this.parts = parts;
  }

  /** Ends the recording and returns it. */
  async stop() {
    const recorder = this.recorder;
    await new Promise((done) => setTimeout(done, AFTER));
    if (recorder.state !== "inactive") recorder.stop();
    await this.ended;
    this.recorder = null;
    return new Blob(this.parts, { type: recorder.mimeType });
  }

  close() {
    clearInterval(this.timer);
    for (const track of this.stream.getTracks()) track.stop();
    this.context.close();
  }
}
