// A camera, where the browser has one to offer: a button opens it, and what it sees is taken as a picture file.

import { element } from "./dom.js";

export class Camera {
  // taken(file): a picture was taken; say(words): why there is none
  constructor({ taken, say }) {
    Object.assign(this, { taken, say });
    this.video = element("video", { playsinline: true, "aria-label": "What the camera sees" });
    this.video.muted = true;
    this.shutter = element("button", { type: "button", class: "primary", onclick: () => this.take() }, "Take the picture");
    this.element = element("div", { class: "camera", hidden: true }, this.video,
      element("div", { class: "tools" }, this.shutter, element("button", { type: "button", onclick: () => this.close() }, "Close the camera")));
    this.button = element("button", { type: "button", hidden: !navigator.mediaDevices?.getUserMedia, onclick: () => this.open() }, "Camera");
    this.element.addEventListener("keydown", (event) => { if (event.key === "Escape") this.close(); });
  }

  async open() {
    if (this.stream) return;
    try {
      this.stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", width: { ideal: 1600 } } });
      this.video.srcObject = this.stream;
      this.element.hidden = false;
      this.button.hidden = this.shutter.disabled = true;
      await this.video.play();
      this.shutter.disabled = false;
      this.shutter.focus();
    } catch (error) {
      this.close();
      this.say(error.name === "NotAllowedError" ? "The browser was not allowed to use the camera." : `There is no picture from a camera: ${error.message}`);
    }
  }

  take() {
    const { videoWidth: width, videoHeight: height } = this.video, canvas = element("canvas", { width, height });
    if (!width) return;
    canvas.getContext("2d").drawImage(this.video, 0, 0);
    canvas.toBlob((blob) => {
      this.close();
      this.taken(new File([blob], "camera.jpg", { type: "image/jpeg" }));
    }, "image/jpeg", 0.95);
  }

  // Its light goes out with it.
  close() {
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.stream = this.video.srcObject = null;
    this.element.hidden = true;
    this.button.hidden = false;
  }
}
